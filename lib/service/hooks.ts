/**
 * Hooks, as their owners make, change and end them, and see what comes in by them.
 *
 * @module
 */

import {
  checkSecret,
  clearOut,
  Fault,
  type HookEntry,
  type HookRecord,
  hookLimits,
  isFault,
  isSecretLive,
  isTrusted,
  type KeptEvent,
  removeHook,
  toKeptPlace,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { attemptsMax, type RequestContext } from "./carry-out.ts";
import {
  checkRoom,
  checkUse,
  type HookParts,
  type HookTerms,
  keepSecret,
  live,
  putByTerms,
  replaced,
  secretId,
  write,
} from "./hook-changes.ts";

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
   * Ends a secret at once, also one that has run out: what it has verified, and still waits for its promise, is used no more.
   *
   * @throws Fault `hookNotFound`, `secretNotFound`
   */
  endSecret(name: string, id: string, request: RequestContext, reach?: string): Promise<HookRecord>;
  /** The latest of what has come in, newest first. */
  events(name: string, request: RequestContext, reach?: string): Promise<readonly HookEntry[]>;
  waiting(name: string, request: RequestContext, reach?: string): Promise<Waiting>;
}

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
  /** A change that names no version: where another has come first, it is made to what that has left. */
  const changeNow = async (
    name: string,
    reach: string,
    request: RequestContext,
    changed: (seen: HookRecord) => Partial<HookRecord> | Promise<Partial<HookRecord>>,
  ): Promise<HookRecord> => {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const seen = await find(name, reach, request);
      try {
        return await change(seen, await changed(seen), request);
      } catch (error) {
        if (!(isFault(error) && error.code === "hookExists")) {
          throw error;
        }
      }
    }
    throw new Fault("storeUnavailable", {});
  };

  return {
    put: (what, request, reach = "") => putByTerms(parts, what, request, reach),
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
      const id = secretId(name, secret);
      const endsAt = request.now + overlapMs;
      return changeNow(name, reach, request, async (seen) => {
        checkUse(parts, seen.definition, "secret", secret);
        const ended = live(seen, request.now)
          .filter((each) => each.id !== id)
          .map((each) => ({ ...each, endsAt: Math.min(each.endsAt ?? endsAt, endsAt) }))
          .filter((each) => isSecretLive(each, request.now));
        checkRoom(name, ended.length + 1);
        await keepSecret(parts, { hook: name, id }, secret, request);
        return replaced(seen, [...ended, { id, createdAt: request.now }], request.now);
      });
    },
    async endSecret(name, id, request, reach = "") {
      return changeNow(name, reach, request, (seen) => {
        if (!isTrusted(seen, id)) {
          throw new Fault("secretNotFound", { id });
        }
        const left = live(seen, request.now).filter((secret) => secret.id !== id);
        return replaced(seen, left, request.now, id);
      });
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

const clearedAtOnce = 25;

async function clear(store: Store, of: "room" | "hookEvent", hook: string, cost: Cost): Promise<void> {
  const all = await store.members(of, hook, hookLimits.loggedMax + hookLimits.refusalsLoggedMax, cost);
  for (let from = 0; from < all.length; from += clearedAtOnce) {
    await Promise.all(
      all.slice(from, from + clearedAtOnce).map(({ id }) => store.attempt(clearOut(of, hook, id), cost)),
    );
  }
}
