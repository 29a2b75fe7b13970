/** One thing of each kind that has every field there is, and the same with no more than it must have. */

import type { ChangeTo, Key, Kind, PromiseImage, Things } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { imageOf } from "../support/images.ts";
import { anyCost } from "./keep.ts";

/** A field that is added to the core does not compile until it stands here, and then every store is asked for it. */
export const full: { readonly [Of in Kind]: Required<Things[Of]> } = {
  promise: {
    id: "p",
    state: "pending",
    param: { headers: { h: "1" }, data: "asked" },
    value: { headers: { h: "2" }, data: "answered" },
    tags: { t: "1" },
    timeoutAt: 2_000,
    createdAt: 1_000,
    settledAt: 1_500,
    idempotencyKeyForCreate: "born",
    idempotencyKeyForComplete: "ended",
    createToken: "creator",
    settleToken: "settler",
    trace: { traceparent: "parent", tracestate: "state" },
    dueAt: 1_900,
    taskState: "acquired",
    taskVersion: 3,
    pid: "process",
    ttl: 500,
    leasedAt: 1_400,
    retryAt: 1_800,
    resumes: 2,
    giveUps: 4,
    taskToken: "holder",
    callbacks: ["a", "b"],
    listeners: ["http://a", "http://b"],
    moreWaiters: true,
    hasMembers: true,
    outcomes: ["[0]", "[1]"],
    birthUntold: true,
    endUntold: true,
    expiresAt: 3_000,
  },
  waiter: { role: "callback", waiter: "w" },
  message: {
    id: "m",
    mailbox: "poll://any@g",
    kind: "execute",
    address: "poll://any@g/1",
    promiseId: "p",
    version: 3,
    event: "created",
    subscription: "books",
    createdAt: 1_000,
    triedSince: 3,
    isPutOff: true,
    latest: [{ at: 1_200, durationMs: 30, status: 503, error: "the receiver answered 503" }],
    attempts: 2,
    lastError: "nobody",
    parkedAt: 1_600,
    heldAt: 1_650,
    dueAt: 1_700,
  },
  endpoint: {
    id: "ep_1",
    mailbox: "https://a.example/?key",
    address: "https://a.example/?…",
    state: "paused",
    failures: 12,
    failingSince: 1_000,
    lastFailedAt: 1_500,
    lastError: "the receiver answered 503",
    lastStatus: 503,
    pausedAt: 1_400,
    probes: 2,
    place: "m",
    isLastRound: true,
    version: 7,
    dueAt: 1_700,
  },
  schedule: {
    id: "s",
    cron: "* * * * *",
    timezone: "Asia/Tokyo",
    description: "often",
    tags: { team: "songs" },
    promiseId: "{{.id}}.{{.timestamp}}",
    promiseTimeout: 500,
    promiseParam: { data: "go" },
    promiseTags: { t: "1" },
    createdAt: 1_000,
    nextRunAt: 1_100,
    lastRunAt: 1_050,
    idempotencyKey: "key",
    createToken: "creator",
    dueAt: 1_100,
  },
  key: {
    id: "k",
    hash: "c0ffee",
    name: "for the shop",
    prefix: "shop/",
    verbs: ["read", "write"],
    createdAt: 1_000,
    expiresAt: 2_000,
    revokedAt: 1_500,
  },
  upload: { id: "u", owner: { of: "promise", id: "p" }, dueAt: 1_700, isGoing: true },
  link: {
    id: "0001",
    promiseId: "p",
    hash: "c0ffee",
    outcomes: ["resolve", "reject"],
    value: { data: "yes" },
    encoding: "sdk",
    label: "a trip",
    from: "Ada",
    question: "may she?",
    expiresAt: 2_000,
    createdAt: 1_000,
    createToken: "creator",
    revokedAt: 1_500,
    decision: { outcome: "resolve", decidedAt: 1_400, comment: "go", userAgent: "browser", ip: "192.0.2.1" },
    signIn: { anybody: true, emails: ["*@example.com"], subjects: ["7"] },
    keptUntil: 9_000,
  },
  delivery: {
    id: "msg_1",
    promiseId: "p",
    subscription: "books",
    reach: "order/",
    address: "https://a/?…",
    state: "parked",
    attempts: 3,
    latest: [{ at: 1_200, durationMs: 30, status: 503, error: "the receiver answered 503" }],
    createdAt: 1_000,
    nextAt: 1_900,
    expiresAt: 9_000,
  },
  subscription: {
    id: "books",
    url: "https://books/",
    prefix: "order/",
    tags: { shop: "songs" },
    events: ["created", "timedout"],
    secrets: [{ key: "k1", nonce: "c0ffee", createdAt: 1_000 }],
    pausedAt: 1_400,
    version: 3,
    createdAt: 1_000,
    changedAt: 1_500,
    changeToken: "changer",
  },
  retention: { id: "r", after: { createdAt: 1_000, id: "p" }, seen: ["many"], dueAt: 1_700 },
  hook: {
    id: "h",
    prefix: "shop/",
    definition: { provider: "stripe" },
    bodyBytesMax: 1_000,
    eventsPerMinuteMax: 60,
    keepMs: 5_000,
    secrets: [{ id: "c0ffee", createdAt: 1_000, endsAt: 2_000 }],
    lapsed: [{ id: "old", createdAt: 500, endsAt: 900 }],
    retired: ["decaf"],
    version: 3,
    createdAt: 1_000,
    changedAt: 1_500,
    changeToken: "changer",
  },
  kept: {
    id: "e",
    hook: "h",
    secret: "s1",
    hookCreatedAt: 1_000,
    eventId: "evt_1",
    promiseId: "p",
    verdict: "resolved",
    value: { data: "paid" },
    room: "07",
    receivedAt: 1_000,
    expiresAt: 2_000,
    dueAt: 1_700,
  },
  room: { id: "07", hook: "h", events: ["a.b", "a.c"] },
  hookEvent: {
    id: "v001",
    at: 1_000,
    outcome: "refused",
    reason: "signature",
    eventId: "evt_1",
    type: "paid",
    promiseId: "p",
    count: 3,
    headers: ["content-type"],
  },
  allowance: { id: "hook/h", since: 60_000, taken: 3, expiresAt: 9_000 },
};

/** What a thing of a kind has in any case; a promise here has a task. */
export const bare: { readonly [Of in Kind]: Things[Of] } = {
  promise: without(imageOf({ taskState: "pending", taskVersion: 0 }), "dueAt"),
  waiter: { role: "listener", waiter: "w" },
  message: {
    id: "m",
    mailbox: "poll://any@g",
    kind: "unblock",
    address: "poll://any@g/1",
    promiseId: "p",
    createdAt: 1_000,
    attempts: 0,
  },
  schedule: {
    id: "s",
    cron: "* * * * *",
    tags: {},
    promiseId: "p",
    promiseTimeout: 0,
    promiseParam: {},
    promiseTags: {},
    createdAt: 1_000,
    nextRunAt: 1_100,
    createToken: "creator",
    dueAt: 1_100,
  },
  key: { id: "k", hash: "c0ffee", name: "", prefix: "", verbs: ["admin"], createdAt: 1_000 },
  upload: { id: "u", owner: { of: "schedule", id: "s" }, dueAt: 1_700 },
  link: {
    id: "0001",
    promiseId: "p",
    hash: "c0ffee",
    outcomes: ["cancel"],
    encoding: "json",
    expiresAt: 2_000,
    createdAt: 1_000,
    createToken: "creator",
  },
  delivery: {
    id: "msg_1",
    promiseId: "p",
    address: "sqs://a",
    state: "delivered",
    attempts: 1,
    latest: [],
    createdAt: 1_000,
    expiresAt: 9_000,
  },
  endpoint: {
    id: "ep_1",
    mailbox: "sqs://a",
    address: "sqs://a",
    state: "failing",
    failures: 1,
    failingSince: 1_000,
    lastFailedAt: 1_000,
    lastError: "no",
    version: 1,
  },
  subscription: {
    id: "books",
    url: "https://books/",
    prefix: "",
    tags: {},
    events: ["created"],
    secrets: [],
    version: 1,
    createdAt: 1_000,
    changedAt: 1_000,
    changeToken: "changer",
  },
  retention: { id: "r", dueAt: 1_700 },
  hook: {
    id: "h",
    prefix: "",
    definition: {},
    bodyBytesMax: 1_000,
    eventsPerMinuteMax: 60,
    keepMs: 0,
    secrets: [],
    retired: [],
    version: 1,
    createdAt: 1_000,
    changedAt: 1_000,
    changeToken: "changer",
  },
  kept: {
    id: "e",
    hook: "h",
    hookCreatedAt: 1_000,
    eventId: "evt_1",
    promiseId: "p",
    verdict: "rejected",
    value: {},
    room: "07",
    receivedAt: 1_000,
    expiresAt: 2_000,
    dueAt: 1_700,
  },
  room: { id: "07", hook: "h" },
  hookEvent: { id: "v001", at: 1_000, outcome: "settled" },
  allowance: { id: "hook/h", since: 60_000, taken: 1, expiresAt: 9_000 },
};

export const kinds = Object.keys(full) as readonly Kind[];

export function without<Thing extends object, Field extends keyof Thing>(
  thing: Thing,
  ...fields: readonly Field[]
): Omit<Thing, Field> {
  return Object.fromEntries(Object.entries(thing).filter(([name]) => !fields.includes(name as Field))) as Omit<
    Thing,
    Field
  >;
}

/** The thing under an id of the test's own; a waiter bears none. */
export const named = <Thing extends Things[Kind]>(thing: Thing, id: string): Thing =>
  "id" in thing ? { ...thing, id } : thing;

/** A thing and its key, under an id of the test's own, so that tests of one store do not meet. */
export function placed(of: Kind, thing: Things[Kind], id: string): { readonly key: Key; readonly image: Things[Kind] } {
  const within =
    of === "message"
      ? full.message.mailbox
      : ["waiter", "link", "delivery", "kept", "room", "hookEvent"].includes(of)
        ? id
        : undefined;
  return { key: { of, id, ...(within !== undefined && { in: within }) }, image: named(thing, id) };
}

/** Writes a thing, whatever was there. */
export const putting = (key: Key, image: Things[Kind]): ChangeTo<Kind> => ({
  ...key,
  guards: [],
  change: { kind: "put", image },
});

export async function put(store: Store, of: Kind, thing: Things[Kind], id: string): Promise<Key> {
  const { key, image } = placed(of, thing, id);
  await store.attempt(putting(key, image), anyCost());
  return key;
}

/** The changes that a promise may suffer after its birth, field by field. */
export const mutable = Object.keys(
  without(full.promise, "id", "param", "tags", "timeoutAt", "createdAt", "createToken", "idempotencyKeyForCreate"),
) as readonly (keyof PromiseImage)[];
