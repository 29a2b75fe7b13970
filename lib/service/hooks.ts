/**
 * Hooks, as their owners make, change and end them, and see what comes in by them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  checkHook,
  checkSecret,
  clearOut,
  Fault,
  type HookChoices,
  type HookEntry,
  type HookRecord,
  type HookSecret,
  hookLimits,
  isSecretLive,
  type KeptEvent,
  putHook,
  removeHook,
  toKeptPlace,
} from "#lib/core/index.ts";
import type { HookSecretWriter } from "#lib/ports/hook-secrets.ts";
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

/** What is kept for promises to come: how many events, and the first of them. */
export interface Waiting {
  readonly count: number;
  readonly events: readonly KeptEvent[];
}

/** Wherever a reach is given, hooks whose prefix does not begin with it are as if they were not there. */
export interface Hooks {
  /**
   * Makes a hook, or changes it; a repeat of what made the hook as it is answers it.
   *
   * @throws Fault `hookExists`, `tooManyHooks`, `tooManySecrets`, `invalid`
   */
  put(what: HookTerms, request: RequestContext, reach?: string): Promise<{ changed: boolean; hook: HookRecord }>;
  /** @throws Fault `hookNotFound` */
  get(name: string, request: RequestContext, reach?: string): Promise<HookRecord>;
  /** All there are, by name. */
  list(request: RequestContext, reach?: string): Promise<readonly HookRecord[]>;
  /**
   * Ends a hook, and all that belongs to it: events that wait complete nothing any more.
   *
   * @throws Fault `hookNotFound`, `hookExists` where it has changed meanwhile
   */
  remove(name: string, request: RequestContext, reach?: string): Promise<void>;
  /**
   * Adds a secret. Those before it stay good for the overlap.
   *
   * @throws Fault `hookNotFound`, `tooManySecrets`, `invalid`
   */
  addSecret(
    name: string,
    added: { readonly secret: string; readonly overlapMs: number },
    request: RequestContext,
    reach?: string,
  ): Promise<HookRecord>;
  /**
   * Ends a secret at once.
   *
   * @throws Fault `hookNotFound`, `secretNotFound`
   */
  endSecret(name: string, id: string, request: RequestContext, reach?: string): Promise<HookRecord>;
  /** The latest of what has come in, newest first. */
  events(name: string, request: RequestContext, reach?: string): Promise<readonly HookEntry[]>;
  waiting(name: string, request: RequestContext, reach?: string): Promise<Waiting>;
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

/** Kept events that are shown. */
export const waitingShownMax = 100;

export function hookService(parts: HookParts): Hooks {
  const { store } = parts;
  const find = async (id: string, reach: string, { cost }: RequestContext): Promise<HookRecord> => {
    const hook = await store.find({ of: "hook", id }, cost);
    if (hook === undefined || !hook.prefix.startsWith(reach)) {
      throw new Fault("hookNotFound", { id });
    }
    return hook;
  };
  const change = (seen: HookRecord, changed: Partial<HookRecord>, request: RequestContext) =>
    write(parts, { ...seen, ...changed }, seen, request);

  return {
    put: (what, request, reach = "") => put(parts, what, request, reach),
    get: (name, request, reach = "") => find(name, reach, request),
    async list({ cost }, reach = "") {
      const hooks: HookRecord[] = [];
      for await (const keys of store.listedById("hook", undefined, cost)) {
        const found = await Promise.all(keys.map(({ id }) => store.find({ of: "hook", id }, cost)));
        hooks.push(...found.filter((hook) => hook !== undefined));
      }
      return hooks.filter(({ prefix }) => prefix.startsWith(reach));
    },
    async remove(name, request, reach = "") {
      const seen = await find(name, reach, request);
      // What it was verified by goes first, named until it has gone: whoever ends here repeats it.
      const retired = [...seen.retired, ...seen.secrets.map(({ id }) => id)];
      const hook = await change(seen, { secrets: [], retired }, request);
      await clear(store, "room", name, request.cost);
      await clear(store, "hookEvent", name, request.cost);
      await store.attempt(removeHook(hook), request.cost);
    },
    async addSecret(name, { secret, overlapMs }, request, reach = "") {
      checkSecret("secret", secret);
      const seen = await find(name, reach, request);
      checkUse(parts, seen.definition, "secret", secret);
      const id = secretId(name, secret);
      const endsAt = request.now + overlapMs;
      const ended = live(seen, request.now)
        .filter((each) => each.id !== id)
        .map((each) => ({ ...each, endsAt: Math.min(each.endsAt ?? endsAt, endsAt) }))
        .filter((each) => isSecretLive(each, request.now));
      checkRoom(name, ended.length + 1);
      await parts.secrets.put({ hook: name, id }, secret, request.cost);
      return change(seen, replaced(seen, [...ended, { id, createdAt: request.now }]), request);
    },
    async endSecret(name, id, request, reach = "") {
      const seen = await find(name, reach, request);
      if (!seen.secrets.some((secret) => secret.id === id)) {
        throw new Fault("secretNotFound", { id });
      }
      const left = live(seen, request.now).filter((secret) => secret.id !== id);
      return change(seen, replaced(seen, left), request);
    },
    async events(name, request, reach = "") {
      await find(name, reach, request);
      const { loggedMax, refusalsLoggedMax, logMs } = hookLimits;
      const entries = await store.members("hookEvent", name, loggedMax + refusalsLoggedMax, request.cost);
      return entries.filter(({ at }) => at > request.now - logMs).sort((a, b) => b.at - a.at);
    },
    async waiting(name, request, reach = "") {
      await find(name, reach, request);
      const rooms = await store.members("room", name, hookLimits.roomsMax, request.cost);
      const places = rooms.flatMap(({ events = [] }) => events).map(toKeptPlace);
      const found = await Promise.all(
        places
          .slice(0, waitingShownMax)
          .map(({ promise, event }) => store.find({ of: "kept", in: promise, id: event }, request.cost)),
      );
      const events = found.filter((event) => event !== undefined).sort((a, b) => a.receivedAt - b.receivedAt);
      return { count: places.length, events };
    },
  };
}

/** @throws Fault `invalid` where the hook's provider signs with no such secret */
function checkUse(parts: HookParts, definition: object, field: string, secret: string): void {
  const problem = parts.secretProblem(definition, secret);
  if (problem !== undefined) {
    throw new Fault("invalid", { violations: [{ field, message: `${field} ${problem}` }] });
  }
}

async function put(parts: HookParts, what: HookTerms, request: RequestContext, reach: string) {
  const { store, secrets } = parts;
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
    await secrets.put({ hook: name, id }, secret, cost);
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
async function write(
  { store, secrets }: HookParts,
  hook: HookRecord,
  seen: HookRecord | undefined,
  { now, token, cost }: RequestContext,
): Promise<HookRecord> {
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

const live = ({ secrets }: HookRecord, now: number): readonly HookSecret[] =>
  secrets.filter((secret) => isSecretLive(secret, now));

/** A hook's secrets are these from now on; what is not among them is to be taken out. */
function replaced({ secrets, retired }: HookRecord, next: readonly HookSecret[]): Partial<HookRecord> {
  const kept = new Set(next.map(({ id }) => id));
  const gone = [...retired, ...secrets.map(({ id }) => id)].filter((id) => !kept.has(id));
  return { secrets: next, retired: [...new Set(gone)] };
}

/** @throws Fault `tooManySecrets` */
function checkRoom(id: string, count: number): void {
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

const clearedAtOnce = 25;

async function clear(store: Store, of: "room" | "hookEvent", hook: string, cost: Cost): Promise<void> {
  const all = await store.members(of, hook, hookLimits.loggedMax + hookLimits.refusalsLoggedMax, cost);
  for (let from = 0; from < all.length; from += clearedAtOnce) {
    await Promise.all(
      all.slice(from, from + clearedAtOnce).map(({ id }) => store.attempt(clearOut(of, hook, id), cost)),
    );
  }
}
