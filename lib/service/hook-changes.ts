/**
 * How hooks are made and changed: their secrets are in place before a hook says that they are in force, and are taken out
 * once no hook does.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  checkHook,
  checkSecret,
  type EpochMs,
  Fault,
  type HookChoices,
  type HookRecord,
  type HookSecret,
  hookLimits,
  invalid,
  isSecretLive,
  notingSecret,
  putHook,
} from "#lib/core/index.ts";
import type { HookSecretWriter, SecretName } from "#lib/ports/hook-secrets.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { RequestContext } from "./carry-out.ts";

/** What a hook is made of, or changed to. */
export interface HookTerms extends Partial<HookChoices> {
  readonly name: string;
  readonly definition: object;
  /** What every id must begin with that it settles; absent: as it was, and of a new one, all that its maker may name. */
  readonly prefix?: string;
  /** Of a new hook: what its provider signs with. */
  readonly secrets?: readonly string[];
  /** The version that it is to replace; absent: it is to be new. */
  readonly version?: number;
}

export interface HookParts {
  readonly store: Store;
  readonly secrets: HookSecretWriter;
  /** What is wrong with a secret for a hook of this definition, as the end of a sentence that begins with its name. */
  secretProblem(definition: object, secret: string): string | undefined;
}

const idLength = 16;

/** Tells a secret from others. It is given out: of a secret that nobody can guess, it says nothing. */
export const secretId = (hook: string, secret: string): string =>
  createHash("sha256").update(`${hook}\0${secret}`).digest("hex").slice(0, idLength);

/** @throws Fault `invalid` where the hook's provider signs with no such secret */
export function checkUse(parts: HookParts, definition: object, field: string, secret: string): void {
  const problem = parts.secretProblem(definition, secret);
  if (problem !== undefined) {
    throw invalid(field, problem);
  }
}

/** Makes a hook, or changes it; a repeat of what made the hook as it is answers it. */
export async function putByTerms(parts: HookParts, what: HookTerms, request: RequestContext, reach: string) {
  const { store } = parts;
  const { name, definition, version, secrets: given = [] } = what;
  const { now, cost } = request;
  const found = await store.find({ of: "hook", id: name }, cost);
  // Of another's hook no more is told than that the name is taken.
  const seen = found?.prefix.startsWith(reach) ? found : undefined;
  const hook = {
    id: name,
    prefix: what.prefix ?? seen?.prefix ?? reach,
    definition,
    bodyBytesMax: what.bodyBytesMax ?? hookLimits.bodyBytesDefault,
    eventsPerMinuteMax: what.eventsPerMinuteMax ?? hookLimits.eventsPerMinuteDefault,
    keepMs: what.keepMs ?? hookLimits.keepMsDefault,
  };
  checkHook(hook);
  for (const [at, secret] of given.entries()) {
    checkSecret(`secrets.${at}`, secret);
    checkUse(parts, definition, `secrets.${at}`, secret);
  }
  checkRoom(name, given.length);
  if (version === undefined && found !== undefined) {
    if (seen !== undefined && isSame(seen, hook, given, now)) {
      return { changed: false, hook: seen };
    }
    throw new Fault("hookExists", { id: name });
  }
  if (version !== undefined && given.length > 0) {
    throw invalid("secrets", "are of a new hook only, without version: POST /hooks/{hook}/secrets adds one");
  }
  if (version !== undefined && seen?.version !== version) {
    throw new Fault(seen === undefined ? "hookNotFound" : "hookExists", { id: name });
  }
  if (seen !== undefined) {
    return { changed: true, hook: await write(parts, { ...seen, ...hook }, seen, request) };
  }
  await checkCount(store, cost);
  const kept: HookSecret[] = [];
  for (const secret of new Set(given)) {
    const id = secretId(name, secret);
    await keepSecret(parts, { hook: name, id }, secret, request);
    kept.push({ id, createdAt: now });
  }
  const birth = { version: 0, createdAt: now, changedAt: now, changeToken: request.token };
  const made = await write(parts, { ...hook, ...birth, secrets: kept, retired: [] }, undefined, request);
  return { changed: true, hook: made };
}

type Terms = Pick<HookRecord, "prefix" | "definition" | keyof HookChoices>;

const termsOf = ({ prefix, definition, bodyBytesMax, eventsPerMinuteMax, keepMs }: Terms): string =>
  JSON.stringify([prefix, definition, bodyBytesMax, eventsPerMinuteMax, keepMs]);

const isSame = (seen: HookRecord, hook: Terms, given: readonly string[], now: number): boolean =>
  termsOf(seen) === termsOf(hook) &&
  given.every((secret) => live(seen, now).some(({ id }) => id === secretId(seen.id, secret)));

/**
 * Writes a hook over the one that was seen, and takes out of their place the secrets that it does not use any more.
 *
 * @throws Fault `hookExists` where it has changed meanwhile
 */
export async function write(
  { store, secrets }: HookParts,
  hook: HookRecord,
  seen: HookRecord | undefined,
  { now, token, cost }: RequestContext,
): Promise<HookRecord> {
  for (const id of hook.retired) {
    await note(store, { hook: hook.id, id }, now, cost);
  }
  const next = { ...hook, version: hook.version + 1, changedAt: now, changeToken: token };
  const { won, image } = await store.attempt(putHook(next, seen), cost);
  if (!won || image === undefined) {
    throw new Fault("hookExists", { id: hook.id });
  }
  if (image.retired.length === 0) {
    return image;
  }
  for (const id of image.retired) {
    await secrets.delete({ hook: hook.id, id }, cost);
  }
  const cleared = { ...image, retired: [], changeToken: `${token}.cleared` };
  return (await store.attempt(putHook(cleared, image), cost)).won ? cleared : image;
}

export const live = ({ secrets }: HookRecord, now: number): readonly HookSecret[] =>
  secrets.filter((secret) => isSecretLive(secret, now));

/**
 * Puts a secret in its place. Until its hook says that it is in force, it is one that nothing refers to: it is noted first.
 *
 * @throws Fault `storeUnavailable` where it is taken away at this moment
 */
export async function keepSecret(
  { store, secrets }: HookParts,
  name: SecretName,
  secret: string,
  { now, cost }: RequestContext,
): Promise<void> {
  await note(store, name, now, cost);
  await secrets.put(name, secret, cost);
}

/** Has somebody look whether the secret is used, a day from now. */
async function note(store: Store, { hook, id }: SecretName, now: EpochMs, cost: Cost): Promise<void> {
  if (!(await store.attempt(notingSecret(hook, id, now), cost)).won) {
    throw new Fault("storeUnavailable", {});
  }
}

/** For how long a secret that has run out is remembered: as long as anything waits that it has verified. */
const lapsedKeptMs = hookLimits.keepMsMax + 24 * 3_600_000;

/**
 * A hook's secrets are these from now on; what is not among them is to be taken out.
 *
 * @param ended The id of one that its owner ends: what it has verified is used no more.
 */
export function replaced(
  { secrets, lapsed = [], retired }: HookRecord,
  next: readonly HookSecret[],
  now: EpochMs,
  ended?: string,
): Partial<HookRecord> {
  const kept = new Set(next.map(({ id }) => id));
  const gone = [...retired, ...secrets.map(({ id }) => id)].filter((id) => !kept.has(id));
  const past = [...lapsed, ...secrets]
    .filter(({ id, endsAt = now }) => !kept.has(id) && id !== ended && now < endsAt + lapsedKeptMs)
    .map((secret) => ({ ...secret, endsAt: Math.min(secret.endsAt ?? now, now) }));
  return { secrets: next, lapsed: past.slice(-hookLimits.lapsedSecretsMax), retired: [...new Set(gone)] };
}

/** @throws Fault `tooManySecrets` */
export function checkRoom(id: string, count: number): void {
  const { secretsMax } = hookLimits;
  if (count > secretsMax) {
    throw new Fault("tooManySecrets", { id, countMax: secretsMax });
  }
}

/** @throws Fault `tooManyHooks` */
async function checkCount(store: Store, cost: Cost): Promise<void> {
  const { hooksMax } = hookLimits;
  let count = 0;
  for await (const keys of store.listedById("hook", undefined, cost)) {
    count += keys.length;
  }
  if (count >= hooksMax) {
    throw new Fault("tooManyHooks", { countMax: hooksMax });
  }
}
