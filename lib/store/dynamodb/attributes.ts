/**
 * Which attribute keeps which field of which thing.
 *
 * @module
 */

import type { Kind, Things } from "#lib/core/index.ts";
import { expiryAttribute } from "./layout.ts";

/** How a field is kept. */
type Form =
  /** As it is: a text, a number, a boolean. */
  | "plain"
  /** As a text in JSON, left out when empty. */
  | "json"
  /** As whole seconds, never before the moment: what a table's time to live is read from. */
  | "seconds"
  /** As a set, which DynamoDB has only while it has members. */
  | "set";

export interface Attribute {
  readonly name: string;
  readonly form: Form;
}

type Attributes<Thing> = { readonly [Field in keyof Thing]-?: Attribute };

const plain = (name: string): Attribute => ({ name, form: "plain" });
const json = (name: string): Attribute => ({ name, form: "json" });
const set = (name: string): Attribute => ({ name, form: "set" });

/** An id is an item's sort key. */
export const id = plain("sk");

const attributes: { readonly [Of in Kind]: Attributes<Things[Of]> } = {
  promise: {
    id,
    state: plain("state"),
    param: json("param"),
    value: json("value"),
    tags: json("tags"),
    timeoutAt: plain("timeoutAt"),
    createdAt: plain("createdAt"),
    settledAt: plain("settledAt"),
    idempotencyKeyForCreate: plain("createKey"),
    idempotencyKeyForComplete: plain("completeKey"),
    createToken: plain("createToken"),
    settleToken: plain("settleToken"),
    trace: json("trace"),
    dueAt: plain("dueAt"),
    taskState: plain("taskState"),
    taskVersion: plain("taskVersion"),
    pid: plain("pid"),
    ttl: plain("ttl"),
    leasedAt: plain("leasedAt"),
    retryAt: plain("retryAt"),
    resumes: plain("resumes"),
    giveUps: plain("giveUps"),
    taskToken: plain("taskToken"),
    callbacks: set("callbacks"),
    listeners: set("listeners"),
    moreWaiters: plain("moreWaiters"),
    hasMembers: plain("hasMembers"),
    outcomes: set("outcomes"),
    birthUntold: plain("birthUntold"),
    endUntold: plain("endUntold"),
    expiresAt: { name: expiryAttribute, form: "seconds" },
  },
  waiter: { role: plain("role"), waiter: plain("waiter") },
  message: {
    id,
    mailbox: plain("mailbox"),
    kind: plain("kind"),
    address: plain("address"),
    promiseId: plain("promiseId"),
    version: plain("version"),
    event: plain("event"),
    subscription: plain("subscription"),
    createdAt: plain("createdAt"),
    attempts: plain("attempts"),
    lastError: plain("lastError"),
    triedSince: plain("triedSince"),
    latest: json("latest"),
    parkedAt: plain("parkedAt"),
    isPutOff: plain("isPutOff"),
    heldAt: plain("heldAt"),
    dueAt: plain("dueAt"),
  },
  schedule: {
    id,
    cron: plain("cron"),
    timezone: plain("timezone"),
    description: plain("description"),
    tags: json("tags"),
    promiseId: plain("promiseId"),
    promiseTimeout: plain("promiseTimeout"),
    promiseParam: json("promiseParam"),
    promiseTags: json("promiseTags"),
    createdAt: plain("createdAt"),
    nextRunAt: plain("nextRunAt"),
    lastRunAt: plain("lastRunAt"),
    idempotencyKey: plain("idempotencyKey"),
    createToken: plain("createToken"),
    dueAt: plain("dueAt"),
  },
  key: {
    id,
    hash: plain("hash"),
    name: plain("name"),
    prefix: plain("prefix"),
    verbs: json("verbs"),
    createdAt: plain("createdAt"),
    expiresAt: plain("expiresAt"),
    revokedAt: plain("revokedAt"),
  },
  upload: { id, owner: json("owner"), dueAt: plain("dueAt"), isGoing: plain("isGoing") },
  link: {
    id,
    promiseId: plain("promiseId"),
    hash: plain("hash"),
    outcomes: json("outcomes"),
    value: json("value"),
    encoding: plain("encoding"),
    label: plain("label"),
    from: plain("from"),
    question: plain("question"),
    expiresAt: plain("expiresAt"),
    createdAt: plain("createdAt"),
    createToken: plain("createToken"),
    revokedAt: plain("revokedAt"),
    decision: json("decision"),
    signIn: json("signIn"),
    keptUntil: { name: expiryAttribute, form: "seconds" },
  },
  delivery: {
    id,
    promiseId: plain("promiseId"),
    subscription: plain("subscription"),
    reach: plain("reach"),
    address: plain("address"),
    state: plain("state"),
    attempts: plain("attempts"),
    latest: json("latest"),
    createdAt: plain("createdAt"),
    nextAt: plain("nextAt"),
    expiresAt: { name: expiryAttribute, form: "seconds" },
  },
  endpoint: {
    id,
    mailbox: plain("mailbox"),
    address: plain("address"),
    state: plain("state"),
    failures: plain("failures"),
    failingSince: plain("failingSince"),
    lastFailedAt: plain("lastFailedAt"),
    lastError: plain("lastError"),
    lastStatus: plain("lastStatus"),
    pausedAt: plain("pausedAt"),
    probes: plain("probes"),
    place: plain("place"),
    isLastRound: plain("isLastRound"),
    version: plain("version"),
    dueAt: plain("dueAt"),
  },
  subscription: {
    id,
    url: plain("url"),
    prefix: plain("prefix"),
    tags: json("tags"),
    events: json("events"),
    secrets: json("secrets"),
    pausedAt: plain("pausedAt"),
    version: plain("version"),
    createdAt: plain("createdAt"),
    changedAt: plain("changedAt"),
    changeToken: plain("changeToken"),
  },
  retention: { id, after: json("after"), seen: json("seen"), dueAt: plain("dueAt") },
  hook: {
    id,
    prefix: plain("prefix"),
    definition: json("definition"),
    bodyBytesMax: plain("bodyBytesMax"),
    eventsPerMinuteMax: plain("eventsPerMinuteMax"),
    keepMs: plain("keepMs"),
    secrets: json("secrets"),
    lapsed: json("lapsed"),
    retired: json("retired"),
    version: plain("version"),
    createdAt: plain("createdAt"),
    changedAt: plain("changedAt"),
    changeToken: plain("changeToken"),
  },
  kept: {
    id,
    hook: plain("hook"),
    hookCreatedAt: plain("hookCreatedAt"),
    eventId: plain("eventId"),
    secret: plain("secret"),
    promiseId: plain("promiseId"),
    verdict: plain("verdict"),
    value: json("value"),
    room: plain("room"),
    receivedAt: plain("receivedAt"),
    expiresAt: plain("expiresAt"),
    dueAt: plain("dueAt"),
  },
  room: { id, hook: plain("hook"), events: set("events") },
  hookEvent: {
    id,
    at: plain("at"),
    outcome: plain("outcome"),
    reason: plain("reason"),
    eventId: plain("eventId"),
    type: plain("type"),
    promiseId: plain("promiseId"),
    count: plain("count"),
    headers: json("headers"),
  },
  allowance: {
    id,
    since: plain("since"),
    taken: plain("taken"),
    expiresAt: { name: expiryAttribute, form: "seconds" },
  },
};

/** Fields that are there even when they are empty, which no attribute says. */
export const emptyByDefault: { readonly [Of in Kind]: object } = {
  promise: { param: {}, value: {}, tags: {} },
  waiter: {},
  message: {},
  schedule: { tags: {}, promiseParam: {}, promiseTags: {} },
  // A key that says nothing of what it may do may do nothing.
  key: { verbs: [] },
  upload: {},
  link: { outcomes: [] },
  retention: {},
  delivery: { latest: [] },
  endpoint: {},
  subscription: { tags: {}, events: [], secrets: [] },
  hook: { definition: {}, secrets: [], retired: [] },
  kept: { value: {} },
  room: {},
  hookEvent: {},
  allowance: {},
};

export const attributesOf = (of: Kind): Readonly<Record<string, Attribute>> => attributes[of];
