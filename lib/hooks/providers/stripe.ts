import { type Claim, headerOf, isHex, isSignedBy, toMoment } from "../claim.ts";
import { textOf } from "../document.ts";
import type { HookRequest, Refusal } from "../hook.ts";
import type { ProviderRules } from "./provider.ts";

/** `Stripe-Signature: t=…,v1=…,v1=…`, of `t.body`. Schemes other than v1 are not ones to trust (docs.stripe.com/webhooks). */
function claim(request: HookRequest): Claim | Refusal {
  const header = headerOf(request, "stripe-signature");
  if (header === undefined || header === "") {
    return "signatureMissing";
  }
  const entries = header.split(",").map((entry) => entry.trim().split("=", 2));
  const valuesOf = (name: string) => entries.flatMap(([key, value = ""]) => (key === name ? [value] : []));
  const [[digits, another], given] = [valuesOf("t"), valuesOf("v1")];
  // Two moments are two headers: which signature is of which cannot be told.
  if (
    another !== undefined ||
    given.length === 0 ||
    given.length > signaturesMax ||
    !given.every((text) => isHex(text))
  ) {
    return "signatureMalformed";
  }
  const at = toMoment(digits, 1_000);
  return typeof at === "string" ? at : { at, isBy: isSignedBy({ given, content: [`${digits}.`, request.body] }) };
}

const signaturesMax = 10;

export const stripe: ProviderRules = {
  claim,
  identify: (_, document) => ({ id: textOf(document, "id"), type: textOf(document, "type") }),
};
