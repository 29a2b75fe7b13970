import { isSame } from "../claim.ts";
import { memberOf, textOf } from "../document.ts";
import { echo, isChallenge, type ProviderRules } from "./provider.ts";

/**
 * Microsoft Graph signs nothing: each notification of a request carries the secret that its subscription was made with,
 * `clientState`. It asks whether the hook is there by a POST with a `validationToken`, and nothing else is done then.
 */
export const microsoft: ProviderRules = {
  greet: ({ method, query }) => {
    const token = query.get("validationToken");
    if (token === null || method !== "POST") {
      return undefined;
    }
    return isChallenge(token) ? echo(token) : "challengeMalformed";
  },
  claim: (_, __, read) => {
    const notifications = memberOf(read(), "value");
    if (!Array.isArray(notifications) || notifications.length === 0) {
      return "bodyMalformed";
    }
    const states = notifications.map((notification) => textOf(notification, "clientState") ?? "");
    return states.includes("")
      ? "signatureMissing"
      : { isBy: (secret) => states.every((state) => isSame(state, secret)) };
  },
  identify: (_, document) => {
    const first = (memberOf(document, "value") as readonly unknown[])[0];
    return { type: textOf(first, "lifecycleEvent") ?? textOf(first, "changeType") };
  },
};
