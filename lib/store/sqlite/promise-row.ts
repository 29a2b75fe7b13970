import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import {
  isLocalStep,
  type PromiseImage,
  type PromiseState,
  type Tags,
  type TaskFields,
  type Trace,
  type Value,
} from "#lib/core/index.ts";

/** A row's columns by name, as SQLite hands them out. */
export type Row = Record<string, SQLOutputValue>;

/** The columns that may change after a promise's birth. */
export const mutableColumns = [
  "state",
  "settled_at",
  "value",
  "complete_key",
  "settle_token",
  "trace",
  "due_at",
  "task_state",
  "task_version",
  "pid",
  "ttl",
  "leased_at",
  "retry_at",
  "resumes",
  "give_ups",
  "task_token",
  "callbacks",
  "listeners",
  "more_waiters",
] as const;

/** All columns; a column added to the schema is added here. */
export const columns = [
  "id",
  "timeout_at",
  "created_at",
  "param",
  "tags",
  "create_key",
  "create_token",
  "listed",
  ...mutableColumns,
] as const;

/** The columns of a promise, as named parameters of a statement. */
export const toRow = (image: PromiseImage): Record<(typeof columns)[number], SQLInputValue> => ({
  id: image.id,
  timeout_at: image.timeoutAt,
  created_at: image.createdAt,
  param: JSON.stringify(image.param),
  tags: JSON.stringify(image.tags),
  create_key: image.idempotencyKeyForCreate ?? null,
  create_token: image.createToken,
  listed: isLocalStep(image.tags) ? 0 : 1,
  ...toMutable(image),
});

export const toMutable = (image: PromiseImage): Record<(typeof mutableColumns)[number], SQLInputValue> => ({
  state: image.state,
  settled_at: image.settledAt ?? null,
  value: JSON.stringify(image.value),
  complete_key: image.idempotencyKeyForComplete ?? null,
  settle_token: image.settleToken ?? null,
  trace: image.trace === undefined ? null : JSON.stringify(image.trace),
  due_at: image.dueAt ?? null,
  task_state: image.taskState ?? null,
  task_version: image.taskVersion ?? null,
  pid: image.pid ?? null,
  ttl: image.ttl ?? null,
  leased_at: image.leasedAt ?? null,
  retry_at: image.retryAt ?? null,
  resumes: image.resumes ?? null,
  give_ups: image.giveUps ?? null,
  task_token: image.taskToken ?? null,
  callbacks: toMembers(image.callbacks),
  listeners: toMembers(image.listeners),
  more_waiters: image.moreWaiters ? 1 : null,
});

/** A set has members or is none. */
const toMembers = (set: readonly string[] = []): string | null => (set.length === 0 ? null : JSON.stringify(set));

export const fromRow = (row: Row): PromiseImage => ({
  id: row["id"] as string,
  state: row["state"] as PromiseState,
  param: parse<Value>(row["param"]),
  value: parse<Value>(row["value"]),
  tags: parse<Tags>(row["tags"]),
  timeoutAt: row["timeout_at"] as number,
  createdAt: row["created_at"] as number,
  ...(row["settled_at"] !== null && { settledAt: row["settled_at"] as number }),
  ...(row["create_key"] !== null && { idempotencyKeyForCreate: row["create_key"] as string }),
  ...(row["complete_key"] !== null && { idempotencyKeyForComplete: row["complete_key"] as string }),
  createToken: row["create_token"] as string,
  ...(row["settle_token"] !== null && { settleToken: row["settle_token"] as string }),
  ...(row["trace"] !== null && { trace: parse<Trace>(row["trace"]) }),
  ...(row["due_at"] !== null && { dueAt: row["due_at"] as number }),
  ...taskOf(row),
  ...(row["callbacks"] !== null && { callbacks: parse<string[]>(row["callbacks"]) }),
  ...(row["listeners"] !== null && { listeners: parse<string[]>(row["listeners"]) }),
  ...(row["more_waiters"] !== null && { moreWaiters: true as const }),
});

const taskOf = (row: Row): TaskFields => ({
  ...(row["task_state"] !== null && { taskState: row["task_state"] as NonNullable<TaskFields["taskState"]> }),
  ...(row["task_version"] !== null && { taskVersion: row["task_version"] as number }),
  ...(row["pid"] !== null && { pid: row["pid"] as string }),
  ...(row["ttl"] !== null && { ttl: row["ttl"] as number }),
  ...(row["leased_at"] !== null && { leasedAt: row["leased_at"] as number }),
  ...(row["retry_at"] !== null && { retryAt: row["retry_at"] as number }),
  ...(row["resumes"] !== null && { resumes: row["resumes"] as number }),
  ...(row["give_ups"] !== null && { giveUps: row["give_ups"] as number }),
  ...(row["task_token"] !== null && { taskToken: row["task_token"] as string }),
});

const parse = <Parsed>(text: SQLOutputValue | undefined): Parsed => JSON.parse(text as string) as Parsed;
