/**
 * Things as items.
 *
 * @module
 */

import { isListedMessage, isLocalStep, type Key, type Kind, type PromiseImage, type Things } from "#lib/core/index.ts";
import { type Attribute, attributesOf, emptyByDefault, id } from "./attributes.ts";
import { toItemKey } from "./keys.ts";
import { dueShard, itemFormat, listedAt, listShard, type Shards, shardOf } from "./layout.ts";

type Item = Readonly<Record<string, unknown>>;

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

/** The keys of the lists, for what is listed: every schedule, key and hook, promises but steps of a workflow, receivers that fail. */
function listing(key: Key, image: Things[Kind], shards: Shards): Item {
  const listed = (at: number): Item => ({
    listShard: listShard(key.of, shardOf(key.id, shards.list)),
    listedAt: listedAt(at, key.id),
  });
  const listedById = (): Item => ({ listShard: listShard(key.of, shardOf(key.id, shards.list)) });
  switch (key.of) {
    case "promise": {
      const { tags, createdAt } = image as PromiseImage;
      return isLocalStep(tags) ? {} : listed(createdAt);
    }
    case "schedule":
    case "key":
    case "hook":
      return listed((image as Things["schedule" | "key" | "hook"]).createdAt);
    // Listed by id alone: with a moment in front of it, a message's id would be longer than a sort key may be.
    case "message":
      return isListedMessage(image as Things["message"]) ? listedById() : {};
    case "endpoint":
      return listedById();
    case "waiter":
    case "upload":
    case "link":
    case "retention":
    case "delivery":
    case "subscription":
    case "kept":
    case "room":
    case "hookEvent":
    case "allowance":
      return {};
  }
}
