import { headerOf, isBase64, isSignedBy, toMoment } from "../claim.ts";
import { textOf } from "../document.ts";
import type { HookRequest } from "../hook.ts";
import { standardKey } from "../secret.ts";
import type { ProviderRules } from "./provider.ts";

const names = ["id", "timestamp", "signature"] as const;

const signaturesMax = 10;

/** The three headers, of one family: the standard's, or the one of the service that it comes from. */
const headersOf = (request: HookRequest) =>
  ["webhook", "svix"]
    .map((family) => names.map((name) => headerOf(request, `${family}-${name}`) ?? ""))
    .find((headers) => headers.some((header) => header !== "")) ?? [];

/** Standard Webhooks (github.com/standard-webhooks): `v1,…` and others, one behind the other, of `id.moment.body`. */
export const standard: ProviderRules = {
  claim: (request) => {
    const [id = "", digits = "", signatures = ""] = headersOf(request);
    if (signatures === "") {
      return "signatureMissing";
    }
    const given = signatures.split(" ").flatMap((text) => (text.startsWith("v1,") ? [text.slice("v1,".length)] : []));
    if (id === "" || given.length === 0 || given.length > signaturesMax || !given.every(isBase64)) {
      return "signatureMalformed";
    }
    const at = toMoment(digits, 1_000);
    const content = [`${id}.${digits}.`, request.body];
    return typeof at === "string"
      ? at
      : { at, isBy: isSignedBy({ encoding: "base64", given, content, key: (secret) => standardKey(secret) ?? "" }) };
  },
  identify: (request, document) => ({ id: headersOf(request)[0], type: textOf(document, "type") }),
};
