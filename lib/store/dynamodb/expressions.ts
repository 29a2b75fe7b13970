/**
 * Guards and changes as DynamoDB's expressions: the second interpreter of the core's vocabulary.
 *
 * @module
 */

import type { PutCommandInput, UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Guard, GuardedChange, PromiseImage, Settlement } from "#lib/core/index.ts";
import { promiseKey, type Shards } from "./layout.ts";
import { toAttributes, toItem } from "./promise-item.ts";

/** A guarded change, ready to be sent. */
export type Write =
  | { readonly kind: "put"; readonly image: PromiseImage; readonly input: PutCommandInput }
  | { readonly kind: "update"; readonly input: UpdateCommandInput };

/** The refused write brings the item that refused it, so that the loser's answer costs no read. */
const answeredWhenRefused = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

export function toWrite({ id, guards, change }: GuardedChange, table: string, shards: Shards): Write {
  const terms = new Terms();
  const condition = guards.map((guard) => toClause(guard, terms)).join(" AND ");
  switch (change.kind) {
    case "put":
      return {
        kind: "put",
        image: change.image,
        input: {
          TableName: table,
          Item: toItem(change.image, shards),
          ConditionExpression: condition,
          ...answeredWhenRefused,
          ...terms.used(),
        },
      };
    case "update":
      return {
        kind: "update",
        input: {
          TableName: table,
          Key: promiseKey(id),
          UpdateExpression: `${toSet(change.set, id, shards, terms)} ${toRemove(change.unset, terms)}`,
          ConditionExpression: condition,
          ReturnValues: "ALL_NEW",
          ...answeredWhenRefused,
          ...terms.used(),
        },
      };
  }
}

function toClause(guard: Guard, terms: Terms): string {
  switch (guard.kind) {
    case "absent":
      return `attribute_not_exists(${terms.name("pk")})`;
    case "is":
      return `${terms.name(guard.field)} = ${terms.value(guard.value)}`;
    case "atMost":
      return `${terms.name(guard.field)} <= ${terms.value(guard.moment)}`;
    case "after":
      return `${terms.name(guard.field)} > ${terms.value(guard.moment)}`;
  }
}

function toSet(set: Settlement, id: string, shards: Shards, terms: Terms): string {
  const assignments = Object.entries(toAttributes(set, id, shards)).map(
    ([attribute, value]) => `${terms.name(attribute)} = ${terms.value(value)}`,
  );
  return `SET ${assignments.join(", ")}`;
}

/** The attributes that keep a field which a change may remove. */
const attributesOf = { dueAt: ["dueAt", "dueShard"] } as const;

function toRemove(fields: readonly (keyof typeof attributesOf)[], terms: Terms): string {
  const attributes = fields.flatMap((field) => attributesOf[field].map((attribute) => terms.name(attribute)));
  return attributes.length === 0 ? "" : `REMOVE ${attributes.join(", ")}`;
}

/** The placeholders of one request. Every name gets one: too many words are reserved to tell them apart. */
class Terms {
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, unknown> = {};
  #count = 0;

  name(attribute: string): string {
    const placeholder = `#${attribute}`;
    this.#names[placeholder] = attribute;
    return placeholder;
  }

  value(value: unknown): string {
    const placeholder = `:v${this.#count++}`;
    this.#values[placeholder] = value;
    return placeholder;
  }

  /** The maps as a request wants them: DynamoDB refuses an empty one. */
  used(): Pick<UpdateCommandInput, "ExpressionAttributeNames" | "ExpressionAttributeValues"> {
    return {
      ExpressionAttributeNames: this.#names,
      ...(this.#count > 0 && { ExpressionAttributeValues: this.#values }),
    };
  }
}
