import { withNewKey } from "#lib/access/key-ring.ts";
import { sealer as sealerOf } from "#lib/access/sealer.ts";
import { signer } from "#lib/access/signer.ts";
import type { EpochMs } from "#lib/core/index.ts";
import { calendar } from "#lib/cron.ts";
import { secretProblem } from "#lib/hooks/secret.ts";
import { memoryHookSecrets } from "#lib/local/hook-secrets.ts";
import type { Feed } from "#lib/ports/feed.ts";
import type { Sealer } from "#lib/ports/sealer.ts";
import type { Secrets } from "#lib/ports/signer.ts";
import type { Store } from "#lib/ports/store.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { type ServiceParts, serviceApp } from "#lib/protocol/app.ts";
import { hookReader } from "#lib/protocol/hooks/reader.ts";
import { hookLog } from "#lib/service/hook-log.ts";
import { hookService } from "#lib/service/hooks.ts";
import { knownSubscriptions } from "#lib/service/known-subscriptions.ts";
import { linkService } from "#lib/service/links.ts";
import { messageService } from "#lib/service/messages.ts";
import { promiseService } from "#lib/service/promises.ts";
import { receiver } from "#lib/service/receive.ts";
import { scheduleService } from "#lib/service/schedules.ts";
import { subscriptionService } from "#lib/service/subscriptions.ts";
import { taskService } from "#lib/service/tasks.ts";
import { visitService } from "#lib/service/visits.ts";
import type { OpenStore } from "./stores.ts";

export const ownUrl = "http://promises.test";

/** A clock that stands until it is set. */
export interface TestClock {
  now: EpochMs;
}

export interface Door {
  readonly clock: TestClock;
  readonly store: Store;
  /** Asks the REST door; the path is taken as it stands. */
  readonly ask: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;
  /** The answer to a GET as it stands. */
  readonly fetch: (path: string) => Promise<Response>;
  /** The same, of any request. */
  readonly send: (path: string, init: RequestInit) => Promise<Response>;
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  readonly close: () => void;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  readonly body: any;
}

/** Nothing follows from a write but what a test does itself. */
export const noFeed: Feed = { written: () => {}, arm: () => {}, taken: () => {}, heardFrom: () => {} };

export const retryMs = 30_000;

/** The keys of every door, so that one opens what another has sealed. */
export const linkKeys = withNewKey({});

/** What the doors do, over a store: nobody but the doors differs between tests. */
export function servicesOver(store: Store, sealer: Sealer, secretsOf: Secrets = signer(async () => linkKeys)) {
  const conduct = { store, feed: noFeed, retryMs, known: knownSubscriptions(store, Date.now) };
  const secrets = memoryHookSecrets();
  return {
    promises: promiseService(conduct),
    tasks: taskService(conduct),
    schedules: scheduleService(conduct, async () => calendar),
    messages: messageService(conduct),
    links: linkService({ ...conduct, sealer }),
    visits: visitService({ ...conduct, sealer }),
    hooks: hookService({ store, secrets, secretProblem }),
    subscriptions: subscriptionService({ ...conduct, secrets: secretsOf }),
    receiver: receiver({
      ...conduct,
      secrets,
      reader: hookReader,
      log: hookLog({ store, chance: () => 0, onFailure: () => {} }),
      canonical: (id) => addressesAt([ownUrl]).canonical(id).id,
      find: (id, { cost }) => store.find({ of: "hook", id }, cost),
      onKept: () => {},
    }),
  } satisfies Partial<ServiceParts>;
}

/** The doors over a store of its own, with a clock in the test's hand and tokens that are numbered. */
export async function openDoor(
  open: OpenStore,
  { secretsOf, ...parts }: Partial<ServiceParts> & { readonly secretsOf?: Secrets } = {},
): Promise<Door> {
  const { store, close } = await open();
  const clock: TestClock = { now: 1_000_000 };
  let tokens = 0;
  const sealer = parts.sealer ?? sealerOf(async () => linkKeys);
  const app = serviceApp({
    ...servicesOver(store, sealer, secretsOf),
    sealer,
    probe: (cost) => store.get("ready", cost),
    addresses: addressesAt([ownUrl]),
    now: () => clock.now,
    token: () => `token-${tokens++}`,
    log: () => {},
    rawPath: (platform) => (platform as { rawPath?: string } | undefined)?.rawPath,
    ...parts,
  });
  return {
    clock,
    store,
    close,
    routes: app.routes,
    fetch: async (path) => app.request(new URL(path, ownUrl)),
    send: async (path, init) => app.request(new URL(path, ownUrl), init, { rawPath: path.split("?", 1)[0] }),
    async ask(method, path, body, headers = {}) {
      const response = await app.request(
        new URL(path, ownUrl),
        {
          method,
          headers,
          ...(body !== undefined && {
            body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
          }),
        },
        { rawPath: path.split("?", 1)[0] },
      );
      return { status: response.status, headers: response.headers, body: response.body && (await response.json()) };
    },
  };
}
