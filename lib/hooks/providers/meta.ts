import { createHash } from "node:crypto";
import { isSame } from "../claim.ts";
import { textOf } from "../document.ts";
import type { Challenge, Hook, HookRequest, Refusal } from "../hook.ts";
import { hubSignature } from "./github.ts";
import { echo, isChallenge, type ProviderRules } from "./provider.ts";

/** Meta subscribes by a GET that names a token; of that the hook knows a hash. */
function greet({ method, query }: HookRequest, { verifyTokenSha256 = "" }: Hook): Challenge | Refusal | undefined {
  if (method !== "GET" || query.get("hub.mode") !== "subscribe") {
    return undefined;
  }
  const hash = createHash("sha256")
    .update(query.get("hub.verify_token") ?? "")
    .digest("hex");
  if (!isSame(hash, verifyTokenSha256)) {
    return "tokenWrong";
  }
  const challenge = query.get("hub.challenge") ?? "";
  return isChallenge(challenge) ? echo(challenge) : "challengeMalformed";
}

export const meta: ProviderRules = {
  claim: hubSignature,
  wrapped: "payload",
  greet,
  identify: (_, document) => ({ type: textOf(document, "object") }),
};
