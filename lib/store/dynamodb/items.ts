/**
 * Things as items: which attribute keeps which field, and how.
 *
 * @module
 */

import { isLocalStep, type Key, type Kind, type PromiseImage, type Things } from "#lib/core/index.ts";
import { toItemKey } from "./keys.ts";
import { dueShard, expiryAttribute, itemFormat, listedAt, listShard, type Shards, shardOf } from "./layout.ts";

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

interface Attribute {
  readonly name: string;
  readonly form: Form;
}

type Attributes<Thing> = { readonly [Field in keyof Thing]-?: Attribute };

const plain = (name: string): Attribute => ({ name, form: "plain" });
const json = (name: string): Attribute => ({ name, form: "json" });
const set = (name: string): Attribute => ({ name, form: "set" });

/** An id is an item's sort key. */
const id = plain("sk");

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
    createdAt: plain("createdAt"),
    attempts: plain("attempts"),
    lastError: plain("lastError"),
    triedSince: plain("triedSince"),
    latest: json("latest"),
    parkedAt: plain("parkedAt"),
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
  upload: { id, owner: json("owner"), dueAt: plain("dueAt") },
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
  },
  delivery: {
    id,
    promiseId: plain("promiseId"),
    address: plain("address"),
    state: plain("state"),
    attempts: plain("attempts"),
    latest: json("latest"),
    createdAt: plain("createdAt"),
    nextAt: plain("nextAt"),
    expiresAt: { name: expiryAttribute, form: "seconds" },
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
};

/** Fields that are there even when they are empty, which no attribute says. */
const emptyByDefault: { readonly [Of in Kind]: object } = {
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
  hook: { definition: {}, secrets: [], retired: [] },
  kept: { value: {} },
  room: {},
  hookEvent: {},
};

type Item = Readonly<Record<string, unknown>>;

const attributesOf = (of: Kind): Readonly<Record<string, Attribute>> => attributes[of];

/** The name of the attribute that keeps a field. */
export function attributeOf(of: Kind, field: string): string {
  const attribute = attributesOf(of)[field];
  if (attribute === undefined) {
    throw new Error(`no attribute keeps the field ${field} of a ${of}`);
  }
  return attribute.name;
}

/** The attributes that keep these fields, the key of the due index among them; not the item's own key. */
export function toAttributes<Of extends Kind>(of: Of, fields: Partial<Things[Of]>, key: Key, shards: Shards): Item {
  const kept: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields as object)) {
    const attribute = attributesOf(of)[field];
    if (attribute !== undefined && attribute !== id && value !== undefined && !isEmpty(attribute, value)) {
      kept[attribute.name] = toValue(attribute, value);
    }
  }
  return "dueAt" in kept ? { ...kept, dueShard: dueShard(shardOf(key.id, shards.due)) } : kept;
}

export const toItem = <Of extends Kind>(key: Key<Of>, image: Things[Of], shards: Shards): Item => ({
  ...toItemKey(key),
  format: itemFormat,
  ...toAttributes(key.of, image, key, shards),
  ...listing(key, image, shards),
});

/** @throws Error where a later version of the service wrote the item. */
export function fromItem<Of extends Kind>(of: Of, item: Item): Things[Of] {
  if ((item["format"] as number) > itemFormat) {
    throw new Error(`an item of format ${item["format"]} needs a newer version of the service`);
  }
  const thing: Record<string, unknown> = { ...(emptyByDefault[of] as object) };
  for (const [field, attribute] of Object.entries(attributesOf(of))) {
    const value = item[attribute.name];
    if (value !== undefined) {
      thing[field] = fromValue(attribute, value);
    }
  }
  return thing as unknown as Things[Of];
}

const isEmpty = ({ form }: Attribute, value: unknown): boolean =>
  (form === "json" || form === "set") && Object.keys(value as object).length === 0;

function toValue({ form }: Attribute, value: unknown): unknown {
  switch (form) {
    case "plain":
      return value;
    case "json":
      return JSON.stringify(value);
    case "seconds":
      return Math.ceil((value as number) / 1_000);
    case "set":
      return new Set(value as readonly string[]);
  }
}

function fromValue({ form }: Attribute, value: unknown): unknown {
  switch (form) {
    case "plain":
      return value;
    case "json":
      return JSON.parse(value as string);
    case "seconds":
      return (value as number) * 1_000;
    case "set":
      return [...(value as ReadonlySet<string>)].sort();
  }
}

/** The keys of the lists, for what is listed: every schedule, key and hook, promises but steps of a workflow, messages given up. */
function listing(key: Key, image: Things[Kind], shards: Shards): Item {
  const listed = (at: number): Item => ({
    listShard: listShard(key.of, shardOf(key.id, shards.list)),
    listedAt: listedAt(at, key.id),
  });
  switch (key.of) {
    case "promise": {
      const { tags, createdAt } = image as PromiseImage;
      return isLocalStep(tags) ? {} : listed(createdAt);
    }
    case "schedule":
    case "key":
    case "hook":
      return listed((image as Things["schedule" | "key" | "hook"]).createdAt);
    case "message": {
      const { parkedAt } = image as Things["message"];
      // Listed by id alone: with a moment in front of it, a message's id would be longer than a sort key may be.
      return parkedAt === undefined ? {} : { listShard: listShard(key.of, shardOf(key.id, shards.list)) };
    }
    case "waiter":
    case "upload":
    case "link":
    case "retention":
    case "delivery":
    case "kept":
    case "room":
    case "hookEvent":
      return {};
  }
}
