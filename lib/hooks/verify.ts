/**
 * Who a request is from: verified over the bytes as they were received, before anything in them is trusted.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { EpochMs } from "#lib/core/index.ts";
import type { Provider } from "./definition.ts";
import { toDocument } from "./document.ts";
import { eventIdLengthMax, type Hook, type HookRequest, type Refusal, type Verdict } from "./hook.ts";
import { github } from "./providers/github.ts";
import { hmac } from "./providers/hmac.ts";
import { linear } from "./providers/linear.ts";
import { meta } from "./providers/meta.ts";
import { microsoft } from "./providers/microsoft.ts";
import type { ProviderRules } from "./providers/provider.ts";
import { shopify } from "./providers/shopify.ts";
import { slack } from "./providers/slack.ts";
import { standard } from "./providers/standard.ts";
import { stripe } from "./providers/stripe.ts";
import { twilio } from "./providers/twilio.ts";
import { zoom } from "./providers/zoom.ts";
import { secretProblem } from "./secret.ts";

const rulesOf: { readonly [Name in Provider]: ProviderRules } = {
  stripe,
  github,
  slack,
  shopify,
  twilio,
  linear,
  standard,
  hmac,
  meta,
  microsoft,
  zoom,
};

const toleranceMsDefault = 5 * 60_000;

/**
 * Whether a request is from the hook's sender, and what it is then. Never throws, whatever comes.
 *
 * @param secrets Those in force; any of them will do.
 */
export async function verify(
  request: HookRequest,
  hook: Hook,
  secrets: readonly string[],
  now: EpochMs,
): Promise<Verdict> {
  const rules = rulesOf[hook.provider];
  const greeting = rules.greet?.(request, hook);
  if (greeting !== undefined) {
    return typeof greeting === "string" ? { ...refused(greeting), isChallenge: true } : greeting;
  }
  if (request.method !== "POST") {
    return refused("methodNotPost");
  }
  const read = () => toDocument(request, rules.wrapped);
  const claim = rules.claim(request, hook, read);
  if (typeof claim === "string") {
    return refused(claim);
  }
  // An empty key is one that everybody has.
  const isUsable = (secret: string) => secret !== "" && secretProblem(hook, secret) === undefined;
  const by = secrets.findIndex((secret) => isUsable(secret) && claim.isBy(secret));
  const secret = secrets[by];
  if (secret === undefined) {
    return refused(secrets.some(isUsable) ? "signatureWrong" : "noSecret");
  }
  const untimely = lateness(claim.at, now, hook.toleranceMs ?? rules.toleranceMs ?? toleranceMsDefault);
  if (untimely !== undefined) {
    return refused(untimely);
  }
  const document = read();
  const response = rules.respond?.(document, secret);
  if (response !== undefined) {
    return typeof response === "string" ? refused(response) : response;
  }
  const { id, type } = rules.identify(request, document, hook);
  return {
    kind: "event",
    by,
    eventId: id !== undefined && isEventId(id) ? id : hashOf(id ?? request.body),
    ...(type !== undefined && { type: type.slice(0, typeLengthMax).toWellFormed() }),
    ...(claim.at !== undefined && { at: claim.at }),
    body: document,
  };
}

const typeLengthMax = 300;

const refused = (reason: Refusal) => ({ kind: "refused", reason }) as const;

/** Told of a signature that is right only: whoever cannot sign learns nothing of the clock. */
function lateness(at: EpochMs | undefined, now: EpochMs, toleranceMs: number): Refusal | undefined {
  if (at === undefined || Math.abs(now - at) <= toleranceMs) {
    return undefined;
  }
  return at < now ? "timestampTooOld" : "timestampInFuture";
}

const isEventId = (id: string): boolean => id.length <= eventIdLengthMax && /^[\x20-\x7e]+$/.test(id);

const hashOf = (content: string | Uint8Array): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
