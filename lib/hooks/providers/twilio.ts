import { createHash } from "node:crypto";
import { type Claim, headerOf, isBase64, isHex, isSame, isSignedBy, soleSignature } from "../claim.ts";
import { byName, isForm, textOf, toText } from "../document.ts";
import type { HookRequest, Refusal } from "../hook.ts";
import type { ProviderRules } from "./provider.ts";

const sidNames = ["MessageSid", "CallSid", "SmsSid", "Sid"];
const statusNames = ["MessageStatus", "CallStatus", "EventType", "SmsStatus", "StatusCallbackEvent"];

const firstOf = (document: unknown, names: readonly string[]): string | undefined =>
  names.map((name) => textOf(document, name)).find((text) => text !== undefined);

/**
 * `X-Twilio-Signature` is of the URL, and of a form's fields by name behind it. Of any other body the URL has the hash,
 * `bodySHA256` (twilio.com/docs/usage/security).
 */
function claim(request: HookRequest): Claim | Refusal {
  const sole = soleSignature(request, "x-twilio-signature", "", isBase64);
  if (typeof sole === "string") {
    return sole;
  }
  const fields = signedFields(request);
  if (typeof fields === "string") {
    return fields;
  }
  const spellings = urlsOf(request.url).map((url) => [url, ...fields]);
  return { isBy: isSignedBy({ algorithm: "sha1", encoding: "base64", given: [sole.given], content: [], spellings }) };
}

/** What is signed behind the URL. */
function signedFields(request: HookRequest): readonly string[] | Refusal {
  const [hash, another] = request.query.getAll("bodySHA256");
  if (hash !== undefined && another === undefined && !isForm(request)) {
    const actual = createHash("sha256").update(request.body).digest("hex");
    return isHex(hash) && isSame(hash.toLowerCase(), actual) ? [] : "signatureWrong";
  }
  if (request.body.length === 0) {
    return [];
  }
  const text = isForm(request) ? toText(request.body) : undefined;
  if (text === undefined) {
    return "bodyUnsigned";
  }
  return [...byName(new URLSearchParams(text))]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, values]) => [...new Set(values)].sort().map((value) => `${name}${value}`));
}

/** Twilio may sign a URL with its scheme's own port or without, whatever it was given. */
function urlsOf(url: string): readonly string[] {
  const {
    scheme = "",
    host = "",
    port,
    rest = "",
  } = /^(?<scheme>https?):\/\/(?<host>[^/?#]*?)(?<port>:\d+)?(?<rest>[/?#].*)?$/s.exec(url)?.groups ?? {};
  const usual = scheme === "https" ? ":443" : ":80";
  return [url, port === undefined ? `${scheme}://${host}${usual}${rest}` : `${scheme}://${host}${rest}`];
}

export const twilio: ProviderRules = {
  claim,
  identify: (request, document) => {
    const [sid, status] = [firstOf(document, sidNames), firstOf(document, statusNames)];
    const token = headerOf(request, "i-twilio-idempotency-token");
    return { id: token ?? (sid === undefined ? undefined : `${sid} ${status ?? ""}`.trim()), type: status };
  },
};
