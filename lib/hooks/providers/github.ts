import { type Claim, headerOf, isHex, isSignedBy, soleSignature } from "../claim.ts";
import { textOf } from "../document.ts";
import type { HookRequest, Refusal } from "../hook.ts";
import type { ProviderRules } from "./provider.ts";

/** `X-Hub-Signature-256: sha256=…`, of the body: GitHub's, and Meta's. */
export function hubSignature(request: HookRequest): Claim | Refusal {
  const sole = soleSignature(request, "x-hub-signature-256", "sha256=", isHex);
  return typeof sole === "string" ? sole : { isBy: isSignedBy({ given: [sole.given], content: [request.body] }) };
}

export const github: ProviderRules = {
  claim: hubSignature,
  wrapped: "payload",
  identify: (request, document) => {
    const [event, action] = [headerOf(request, "x-github-event"), textOf(document, "action")];
    return {
      id: headerOf(request, "x-github-delivery"),
      type: event !== undefined && action !== undefined ? `${event}.${action}` : event,
    };
  },
};
