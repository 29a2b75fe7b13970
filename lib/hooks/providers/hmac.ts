import { type Claim, type Content, headerOf, isBase64, isHex, isSignedBy, soleSignature, toMoment } from "../claim.ts";
import type { HmacOptions } from "../definition.ts";
import type { Hook, HookRequest, Refusal } from "../hook.ts";
import { textAt } from "../place.ts";
import type { ProviderRules } from "./provider.ts";

const unitsMs = { seconds: 1_000, milliseconds: 1 } as const;

/** Any sender that signs with a shared secret, as its hook describes it. */
function claim(request: HookRequest, { hmac }: Hook): Claim | Refusal {
  if (hmac === undefined) {
    return "signatureMissing";
  }
  const { header, prefix, algorithm, encoding, timestamp } = hmac;
  const form = encoding === "hex" ? (text: string) => isHex(text, algorithm) : isBase64;
  const sole = soleSignature(request, header, prefix, form);
  if (typeof sole === "string") {
    return sole;
  }
  const digits = timestamp && headerOf(request, timestamp.header);
  const at = timestamp && toMoment(digits, unitsMs[timestamp.unit]);
  if (typeof at === "string") {
    return at;
  }
  const content = signedContent(hmac, request, digits ?? "");
  return {
    ...(at !== undefined && { at }),
    isBy: isSignedBy({ algorithm, encoding, given: [sole.given], content }),
  };
}

const signedContent = ({ signed }: HmacOptions, request: HookRequest, digits: string): Content =>
  signed.split(/(\{[^{}]*\})/).map((part) => {
    switch (part) {
      case "{body}":
        return request.body;
      case "{timestamp}":
        return digits;
      case "{url}":
        return request.url;
      case "{method}":
        return request.method;
      default:
        return part.startsWith("{header:") ? (headerOf(request, part.slice("{header:".length, -1)) ?? "") : part;
    }
  });

export const hmac: ProviderRules = {
  claim,
  identify: (request, document, { hmac: { eventId, type } = {} }) => {
    const at = (place: typeof eventId) => (place === undefined ? undefined : textAt(place, request, document));
    const [id, kind] = [at(eventId), at(type)];
    return { ...(id?.text !== undefined && { id: id.text }), ...(kind?.text !== undefined && { type: kind.text }) };
  },
};
