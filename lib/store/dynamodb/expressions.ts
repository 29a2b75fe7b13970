/**
 * Guards and changes as DynamoDB's expressions: the second interpreter of the core's vocabulary.
 *
 * @module
 */

import { type NativeAttributeValue, NumberValueImpl } from "@aws-sdk/util-dynamodb";
import type { AnyChange, Change, Guard, Key, Kind, Things, Update } from "#lib/core/index.ts";
import { attributeOf, toAttributes, toItem } from "./items.ts";
import { toItemKey } from "./keys.ts";
import type { Shards } from "./layout.ts";

/** The refused write brings the item that refused it, so that the loser's answer costs no read. */
const answeredWhenRefused = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

interface Conditional {
  readonly TableName: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, NativeAttributeValue>;
  readonly ReturnValuesOnConditionCheckFailure: "ALL_OLD";
}

type Keyed = Conditional & { readonly Key: Record<string, string> };

/** A guarded change, ready to be sent, alone or in a transaction. */
export type Write =
  | { readonly kind: "put"; readonly input: Conditional & { readonly Item: Record<string, NativeAttributeValue> } }
  | { readonly kind: "update"; readonly input: Keyed & { readonly UpdateExpression: string } }
  | { readonly kind: "delete"; readonly input: Keyed }
  | { readonly kind: "check"; readonly input: Keyed & { readonly ConditionExpression: string } };

export function toWrite(write: AnyChange, table: string, shards: Shards): Write {
  const terms = new Terms(write.of);
  const condition = write.guards.map((guard) => toClause(guard as Guard<Things[Kind]>, terms)).join(" AND ");
  const change = write.change as Change<Things[Kind]>;
  const update = change.kind === "update" ? toUpdate(change, write, shards, terms) : "";
  const conditional = {
    TableName: table,
    ...(condition !== "" && { ConditionExpression: condition }),
    ...answeredWhenRefused,
    ...terms.used(),
  };
  const keyed = { ...conditional, Key: { ...toItemKey(write) } };
  switch (change.kind) {
    case "put":
      return { kind: "put", input: { ...conditional, Item: { ...toItem(write, change.image, shards) } } };
    case "update":
      return { kind: "update", input: { ...keyed, UpdateExpression: update } };
    case "delete":
      return { kind: "delete", input: keyed };
    case "check":
      return { kind: "check", input: { ...keyed, ConditionExpression: condition } };
  }
}

function toClause(guard: Guard<Things[Kind]>, terms: Terms): string {
  if (guard.kind === "absent") {
    return `attribute_not_exists(${terms.name("pk")})`;
  }
  const name = terms.field(guard.field);
  switch (guard.kind) {
    case "is":
      return `${name} = ${terms.value(guard.value)}`;
    case "present":
      return `attribute_exists(${name})`;
    case "unset":
      return `attribute_not_exists(${name})`;
    case "atMost":
      return `${name} <= ${terms.value(guard.moment)}`;
    case "after":
      return `${name} > ${terms.value(guard.moment)}`;
    case "has":
      return `contains(${name}, ${terms.value(guard.member)})`;
    case "fits":
      return `(attribute_not_exists(${name}) OR size(${name}) < ${terms.value(guard.countMax)})`;
  }
}

function toUpdate(
  { set = {}, unset = [], increment, include = {}, exclude = {} }: Update<Things[Kind]>,
  key: Key,
  shards: Shards,
  terms: Terms,
): string {
  const kept = toAttributes(key.of, set as Partial<Things[Kind]>, key, shards);
  // What is set to be empty is kept by no attribute.
  const emptied = Object.keys(set)
    .map((field) => attributeOf(key.of, field))
    .filter((name) => !(name in kept));
  const removed = [...unset.flatMap((field) => removedWith(attributeOf(key.of, field))), ...emptied];
  const toMembers = (change: Partial<Record<string, readonly string[]>>) =>
    Object.entries(change).map(([field, members]) => `${terms.field(field)} ${terms.value(new Set(members))}`);
  const clauses = {
    SET: Object.entries(kept).map(([name, value]) => `${terms.name(name)} = ${terms.value(value)}`),
    REMOVE: removed.map((name) => terms.name(name)),
    ADD: [...(increment === undefined ? [] : [`${terms.field(increment)} ${terms.value(1)}`]), ...toMembers(include)],
    DELETE: toMembers(exclude),
  };
  return Object.entries(clauses)
    .filter(([, parts]) => parts.length > 0)
    .map(([clause, parts]) => `${clause} ${parts.join(", ")}`)
    .join(" ");
}

/** What is not due is not in the due index. */
const removedWith = (attribute: string): readonly string[] =>
  attribute === "dueAt" ? ["dueAt", "dueShard"] : [attribute];

/** The placeholders of one request. Every name gets one: too many words are reserved to tell them apart. */
class Terms {
  readonly #of: Kind;
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, unknown> = {};
  #count = 0;

  constructor(of: Kind) {
    this.#of = of;
  }

  /** The attribute that keeps a field. */
  field(field: string): string {
    return this.name(attributeOf(this.#of, field));
  }

  name(attribute: string): string {
    const placeholder = `#${attribute}`;
    this.#names[placeholder] = attribute;
    return placeholder;
  }

  value(value: unknown): string {
    const placeholder = `:v${this.#count++}`;
    this.#values[placeholder] = typeof value === "number" ? toNumber(value) : value;
    return placeholder;
  }

  /** The maps as a request wants them: DynamoDB refuses an empty one. */
  used(): Pick<Conditional, "ExpressionAttributeNames" | "ExpressionAttributeValues"> {
    return {
      ...(Object.keys(this.#names).length > 0 && { ExpressionAttributeNames: this.#names }),
      ...(this.#count > 0 && { ExpressionAttributeValues: this.#values }),
    };
  }
}

/** What a client compares with may be any 64-bit integer: the client of the database wants those as a type of its own. */
const toNumber = (value: number): number | NumberValueImpl =>
  Math.abs(value) > Number.MAX_SAFE_INTEGER && Number.isInteger(value) ? new NumberValueImpl(BigInt(value)) : value;
