/**
 * What a request to a hook is, and what it asks for: whoever does it and whoever only foresees it begin alike.
 *
 * @module
 */

import {
  checkId,
  type HookOutcome,
  type HookRecord,
  hookLimits,
  isSecretLive,
  type Settle,
  utf8Length,
  type Value,
} from "#lib/core/index.ts";
import type { Decided, HookReader, HookRequest, SignedEvent, Verified } from "#lib/ports/hook-reader.ts";
import type { HookSecretReader } from "#lib/ports/hook-secrets.ts";
import type { Cost } from "#lib/ports/store.ts";
import type { RequestContext } from "./carry-out.ts";
import { settlementKey, told } from "./kept.ts";

/** What has become of an event, or would. */
export interface Done {
  readonly outcome: HookOutcome;
  readonly reason?: string;
}

export type Settling = Extract<Decided, { kind: "settle" }>;

export interface ReadingOptions {
  readonly reader: HookReader;
  readonly secrets: HookSecretReader;
  /** The promise's canonical id. */
  readonly canonical: (id: string) => string;
}

/** An event, and the id of the secret that has verified it. */
export type VerifiedEvent = SignedEvent & { readonly secretId: string };

/** Reads requests, each as its hook says. */
export interface Reading {
  verify(hook: HookRecord, sent: HookRequest, request: RequestContext): Promise<Verified<VerifiedEvent>>;
  /** What a verified event asks for, as far as the hook reaches. */
  decide(hook: HookRecord, sent: HookRequest, event: SignedEvent): Decided;
}

export function reading({ reader, secrets, canonical }: ReadingOptions): Reading {
  const secretsOf = secretReader(secrets);
  return {
    async verify(hook, sent, { now, cost }) {
      const { bodyBytesMax, definition } = hook;
      if (sent.body.byteLength > bodyBytesMax) {
        return { kind: "refused", reason: `its body is larger than ${bodyBytesMax} bytes` };
      }
      const inForce = await secretsOf(hook, now, cost);
      const texts = inForce.map(({ secret }) => secret);
      const verified = await reader.verify(sent, definition, texts, now);
      if (verified.kind !== "event") {
        return verified;
      }
      const secretId = inForce[verified.by]?.id;
      if (secretId === undefined) {
        throw new Error("an event is verified by none of the secrets that were given");
      }
      // Whoever only opens something changes nothing, whatever signature it bears.
      return sent.method === "POST"
        ? { ...verified, secretId }
        : { kind: "refused", reason: `an event is sent by POST, not by ${sent.method}` };
    },
    decide({ definition, prefix }, sent, event) {
      const decided = reader.decide(definition, sent, event);
      return decided.kind === "settle" ? within(prefix, decided, canonical) : decided;
    },
  };
}

/** A secret is read once in a process's life: under its name there is never another. */
function secretReader(secrets: HookSecretReader) {
  const known = new Map<string, string>();
  const knownMax = 1_000;
  return async ({ id: hook, secrets: all }: HookRecord, now: number, cost: Cost) => {
    const live = all.filter((secret) => isSecretLive(secret, now));
    const read = live.map(async ({ id }) => {
      const name = `${hook}/${id}`;
      const secret = known.get(name) ?? (await secrets.get({ hook, id }, cost));
      if (secret !== undefined && known.size < knownMax) {
        known.set(name, secret);
      }
      return secret === undefined ? [] : [{ id, secret }];
    });
    return (await Promise.all(read)).flat();
  };
}

/** A settlement of a promise that the hook may settle. */
function within(prefix: string, decided: Settling, canonical: ReadingOptions["canonical"]): Decided {
  const promiseId = canonical(decided.promiseId);
  try {
    checkId(promiseId);
  } catch (error) {
    return { kind: "unusable", reason: told(error as Error) };
  }
  return promiseId.startsWith(prefix)
    ? { ...decided, promiseId }
    : {
        kind: "unusable",
        reason: `the promise's id does not begin with ${JSON.stringify(prefix)}, as it must for this hook`,
      };
}

export const toSettlement = (hook: HookRecord, eventId: string, { promiseId, state, value }: Settling): Settle => ({
  id: promiseId,
  verdict: state,
  value,
  idempotencyKey: settlementKey(hook.id, eventId),
});

/** Its provider keeps it then, and sends it again. */
export function whyNotKept({ keepMs }: HookRecord, value: Value): Done | undefined {
  const { keptValueBytesMax } = hookLimits;
  if (keepMs === 0) {
    return { outcome: "deferred", reason: "there is no such promise yet, and the hook keeps no events" };
  }
  return utf8Length(JSON.stringify(value)) > keptValueBytesMax
    ? {
        outcome: "deferred",
        reason: `there is no such promise yet, and a value of more than ${keptValueBytesMax} bytes of JSON is not kept`,
      }
    : undefined;
}
