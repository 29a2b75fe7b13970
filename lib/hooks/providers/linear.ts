import { headerOf, isHex, isSignedBy, soleSignature } from "../claim.ts";
import { memberOf, textOf } from "../document.ts";
import type { ProviderRules } from "./provider.ts";

/** The moment is in the body, and so under the signature. */
export const linear: ProviderRules = {
  toleranceMs: 60_000,
  claim: (request, _, read) => {
    const sole = soleSignature(request, "linear-signature", "", isHex);
    if (typeof sole === "string") {
      return sole;
    }
    const document = read();
    const at = memberOf(document, "webhookTimestamp");
    if (at === undefined) {
      return document === undefined ? "bodyMalformed" : "timestampMissing";
    }
    return typeof at === "number" && Number.isSafeInteger(at)
      ? { at, isBy: isSignedBy({ given: [sole.given], content: [request.body] }) }
      : "timestampMalformed";
  },
  identify: (request, document) => {
    const [type, action] = [textOf(document, "type"), textOf(document, "action")];
    return {
      id: headerOf(request, "linear-delivery"),
      type: type !== undefined && action !== undefined ? `${type}.${action}` : type,
    };
  },
};
