/** A service that asks who asks, with a clock in the test's hand, and every line of its log. */

import { type AccessOptions, authenticator } from "#lib/access/authenticate.ts";
import { newKey } from "#lib/access/keys.ts";
import { sealer as sealerOf } from "#lib/access/sealer.ts";
import { type ApiKey, addKey } from "#lib/core/index.ts";
import { pollHub } from "#lib/dispatch/poll/hub.ts";
import { logger, requestLog } from "#lib/log.ts";
import type { Debug } from "#lib/ports/debug.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Tracing } from "#lib/ports/tracing.ts";
import type { PollHub } from "#lib/ports/transport.ts";
import type { Access } from "#lib/protocol/access.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { serviceApp } from "#lib/protocol/app.ts";
import { linkKeys, ownUrl, servicesOver, type TestClock } from "../support/door.ts";
import { protocolVersion } from "../support/rpc.ts";
import { type OpenStore, openSqlite } from "../support/stores.ts";

export { ownUrl };

export interface GuardedOptions extends Partial<Omit<AccessOptions, "store">> {
  readonly open?: OpenStore;
  readonly access?: Partial<Access>;
  /** Puts the clock into the hand of whoever may have it. */
  readonly debug?: Debug;
  readonly tracing?: Tracing;
  /** Stands between the service and its store. */
  readonly around?: (store: Store) => Store;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  readonly body: any;
}

export interface Guarded {
  readonly clock: TestClock;
  readonly store: Store;
  readonly hub: PollHub;
  readonly lines: readonly string[];
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** Has a key made; all ids and all but an administrator's verbs, unless it says otherwise. */
  keyFor(terms?: Partial<ApiKey>): Promise<string>;
  /** Asks with a credential in the header, if there is one. */
  ask(credential: string | undefined, method: string, path: string, body?: unknown): Promise<Answer>;
  /** Asks with a credential in the envelope, if there is one. */
  rpc(credential: string | undefined, kind: string, data: object, headers?: Record<string, string>): Promise<Answer>;
  /** The answer as it comes. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): void;
}

/** Refused for what the caller may do, and not for what has become of a promise; of a HEAD there is no more to see. */
export const isForbidden = ({ status, body }: Answer): boolean =>
  status === 403 && (body === "" || body.data === "Forbidden" || body.error?.code === 40310);

export const bearer = (credential: string | undefined): Record<string, string> =>
  credential === undefined ? {} : { authorization: `Bearer ${credential}` };

export async function openGuarded(options: GuardedOptions = {}): Promise<Guarded> {
  const { open = openSqlite, access, debug, tracing, around = (store: Store) => store, ...who } = options;
  const { store: bare, close } = await open();
  const store = around(bare);
  const clock: TestClock = { now: 1_000_000 };
  const lines: string[] = [];
  let tokens = 0;
  const sealer = sealerOf(async () => linkKeys);
  const hub = pollHub({ serverUrl: ownUrl, now: () => clock.now });
  const app = serviceApp({
    ...servicesOver(store, sealer),
    sealer,
    probe: (cost) => store.get("ready", cost),
    addresses: addressesAt([ownUrl]),
    now: () => clock.now,
    token: () => `token-${tokens++}`,
    log: requestLog(logger({ write: (line) => lines.push(line) })),
    rawPath: (platform) => (platform as { rawPath?: string } | undefined)?.rawPath,
    listeners: hub,
    ...(debug && { debug }),
    ...(tracing && { tracing }),
    access: { authenticate: authenticator({ store, ...who }), ...access },
  });
  const fetch = async (path: string, init: RequestInit = {}) =>
    app.request(new URL(path, ownUrl), init, { rawPath: path.split("?", 1)[0] });
  const answered = async (response: Response): Promise<Answer> => {
    const { status, headers } = response;
    const text = await response.text();
    return {
      status,
      headers,
      text,
      body: text !== "" && headers.get("content-type")?.includes("json") ? JSON.parse(text) : text,
    };
  };
  return {
    clock,
    store: bare,
    hub,
    lines,
    routes: app.routes,
    fetch,
    close,
    async keyFor(terms = {}) {
      const { id, key, hash } = newKey();
      const cost = { roundTrips: 0 };
      const own: ApiKey = {
        name: "",
        prefix: "",
        verbs: ["read", "write", "task", "schedule"],
        createdAt: clock.now,
        ...terms,
        id,
        hash,
      };
      await bare.attempt(addKey(own), cost);
      return key;
    },
    ask: async (credential, method, path, body) =>
      answered(
        await fetch(path, {
          method,
          headers: bearer(credential),
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      ),
    rpc: async (auth, kind, data, headers = {}) =>
      answered(
        await fetch("/", {
          method: "POST",
          headers,
          body: JSON.stringify({ kind, head: { corrId: "c", version: protocolVersion, auth }, data }),
        }),
      ),
  };
}
