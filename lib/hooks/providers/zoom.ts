import { sign } from "../claim.ts";
import { memberOf, textOf } from "../document.ts";
import { echo, type ProviderRules } from "./provider.ts";
import { versionZero } from "./slack.ts";

/**
 * Zoom asks for a signature of a text of its own choice, by the secret that events are signed with. What has no colon in
 * it is no event's text: so nobody has an event signed that way.
 */
const plainToken = /^[\w-]{1,128}$/;

export const zoom: ProviderRules = {
  claim: (request) => versionZero(request, "x-zm-signature", "x-zm-request-timestamp"),
  identify: (_, document) => ({ type: textOf(document, "event") }),
  respond: (document, secret) => {
    if (textOf(document, "event") !== "endpoint.url_validation") {
      return undefined;
    }
    const token = textOf(memberOf(document, "payload"), "plainToken") ?? "";
    if (!plainToken.test(token)) {
      return "challengeMalformed";
    }
    const encryptedToken = sign("sha256", secret, [token]).toString("hex");
    return echo(JSON.stringify({ plainToken: token, encryptedToken }), "application/json");
  },
};
