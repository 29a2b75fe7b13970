import { type Claim, headerOf, isHex, isSignedBy, soleSignature, toMoment } from "../claim.ts";
import { memberOf, textOf } from "../document.ts";
import type { HookRequest, Refusal } from "../hook.ts";
import { echo, isChallenge, type ProviderRules } from "./provider.ts";

/** `v0=…` in one header, of `v0:moment:body` with the moment of another: Slack's, and Zoom's. */
export function versionZero(request: HookRequest, signatureName: string, timestampName: string): Claim | Refusal {
  const sole = soleSignature(request, signatureName, "v0=", isHex);
  if (typeof sole === "string") {
    return sole;
  }
  const digits = headerOf(request, timestampName);
  const at = toMoment(digits, 1_000);
  const content = [`v0:${digits}:`, request.body];
  return typeof at === "string" ? at : { at, isBy: isSignedBy({ given: [sole.given], content }) };
}

/** Events (`event_id`), what people press (`trigger_id`, in the form's field `payload`), commands (`trigger_id`, a form). */
export const slack: ProviderRules = {
  claim: (request) => versionZero(request, "x-slack-signature", "x-slack-request-timestamp"),
  wrapped: "payload",
  identify: (_, document) => ({
    id: textOf(document, "event_id") ?? textOf(document, "trigger_id"),
    type: textOf(memberOf(document, "event"), "type") ?? textOf(document, "type") ?? textOf(document, "command"),
  }),
  respond: (document) => {
    if (textOf(document, "type") !== "url_verification") {
      return undefined;
    }
    const challenge = textOf(document, "challenge") ?? "";
    return isChallenge(challenge) ? echo(challenge) : "challengeMalformed";
  },
};
