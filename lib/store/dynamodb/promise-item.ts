import {
  isLocalStep,
  type PromiseImage,
  type PromiseState,
  type Tags,
  type Trace,
  type Value,
} from "#lib/core/index.ts";
import { dueShard, itemFormat, listedAt, listShard, promiseKey, type Shards, shardOf } from "./layout.ts";

/** A promise's attributes beside the table's keys. Payloads are JSON texts, left out when empty. */
interface PromiseAttributes {
  readonly format: number;
  readonly state: PromiseState;
  readonly timeoutAt: number;
  readonly createdAt: number;
  readonly settledAt?: number;
  readonly param?: string;
  readonly value?: string;
  readonly tags?: string;
  readonly createKey?: string;
  readonly completeKey?: string;
  readonly createToken: string;
  readonly settleToken?: string;
  readonly trace?: string;
  readonly dueAt?: number;
  readonly dueShard?: string;
}

export interface PromiseItem extends PromiseAttributes {
  readonly pk: string;
  readonly sk: string;
  readonly listShard?: string;
  readonly listedAt?: string;
}

export function toItem(image: PromiseImage, shards: Shards): PromiseItem {
  return {
    ...promiseKey(image.id),
    format: itemFormat,
    ...(toAttributes(image, image.id, shards) as Omit<PromiseAttributes, "format">),
    ...(!isLocalStep(image.tags) && {
      listShard: listShard("promise", shardOf(image.id, shards.list)),
      listedAt: listedAt(image.createdAt, image.id),
    }),
  };
}

/** The attributes that keep these fields of a promise. */
export function toAttributes(fields: Partial<PromiseImage>, id: string, shards: Shards): Partial<PromiseAttributes> {
  return {
    ...(fields.state !== undefined && { state: fields.state }),
    ...(fields.timeoutAt !== undefined && { timeoutAt: fields.timeoutAt }),
    ...(fields.createdAt !== undefined && { createdAt: fields.createdAt }),
    ...(fields.settledAt !== undefined && { settledAt: fields.settledAt }),
    ...json("param", fields.param),
    ...json("value", fields.value),
    ...json("tags", fields.tags),
    ...(fields.idempotencyKeyForCreate !== undefined && { createKey: fields.idempotencyKeyForCreate }),
    ...(fields.idempotencyKeyForComplete !== undefined && { completeKey: fields.idempotencyKeyForComplete }),
    ...(fields.createToken !== undefined && { createToken: fields.createToken }),
    ...(fields.settleToken !== undefined && { settleToken: fields.settleToken }),
    ...json("trace", fields.trace),
    ...(fields.dueAt !== undefined && { dueAt: fields.dueAt, dueShard: dueShard(shardOf(id, shards.due)) }),
  };
}

/** @throws Error where a later version of the service wrote the item. */
export function fromItem(item: PromiseItem): PromiseImage {
  if (item.format > itemFormat) {
    throw new Error(`an item of format ${item.format} needs a newer version of the service`);
  }
  return {
    id: item.sk,
    state: item.state,
    param: parse<Value>(item.param),
    value: parse<Value>(item.value),
    tags: parse<Tags>(item.tags),
    timeoutAt: item.timeoutAt,
    createdAt: item.createdAt,
    ...(item.settledAt !== undefined && { settledAt: item.settledAt }),
    ...(item.createKey !== undefined && { idempotencyKeyForCreate: item.createKey }),
    ...(item.completeKey !== undefined && { idempotencyKeyForComplete: item.completeKey }),
    createToken: item.createToken,
    ...(item.settleToken !== undefined && { settleToken: item.settleToken }),
    ...(item.trace !== undefined && { trace: parse<Trace>(item.trace) }),
    ...(item.dueAt !== undefined && { dueAt: item.dueAt }),
  };
}

function json(name: "param" | "value" | "tags" | "trace", fields: object | undefined): Partial<PromiseAttributes> {
  return fields === undefined || Object.keys(fields).length === 0 ? {} : { [name]: JSON.stringify(fields) };
}

const parse = <Parsed>(text: string | undefined): Parsed => JSON.parse(text ?? "{}") as Parsed;
