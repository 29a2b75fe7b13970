/**
 * Promises as rows: which column keeps which field, and how.
 *
 * @module
 */

import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import { isLocalStep, type PromiseImage } from "#lib/core/index.ts";

/** How a field is kept. */
type Form =
  /** As it is: a text, a number. */
  | "plain"
  /** As a text in JSON. */
  | "json"
  /** As a list in JSON, which has members or is none. */
  | "set"
  /** As a one, or not at all. */
  | "flag";

/** A column added to the schema is added here. */
const kept: { readonly [Field in keyof PromiseImage]-?: readonly [column: string, form: Form] } = {
  id: ["id", "plain"],
  state: ["state", "plain"],
  param: ["param", "json"],
  value: ["value", "json"],
  tags: ["tags", "json"],
  timeoutAt: ["timeout_at", "plain"],
  createdAt: ["created_at", "plain"],
  settledAt: ["settled_at", "plain"],
  idempotencyKeyForCreate: ["create_key", "plain"],
  idempotencyKeyForComplete: ["complete_key", "plain"],
  createToken: ["create_token", "plain"],
  settleToken: ["settle_token", "plain"],
  trace: ["trace", "json"],
  dueAt: ["due_at", "plain"],
  taskState: ["task_state", "plain"],
  taskVersion: ["task_version", "plain"],
  pid: ["pid", "plain"],
  ttl: ["ttl", "plain"],
  leasedAt: ["leased_at", "plain"],
  retryAt: ["retry_at", "plain"],
  resumes: ["resumes", "plain"],
  giveUps: ["give_ups", "plain"],
  taskToken: ["task_token", "plain"],
  callbacks: ["callbacks", "set"],
  listeners: ["listeners", "set"],
  moreWaiters: ["more_waiters", "flag"],
  hasMembers: ["has_members", "flag"],
  outcomes: ["outcomes", "set"],
  birthUntold: ["birth_untold", "flag"],
  endUntold: ["end_untold", "flag"],
  expiresAt: ["expires_at", "plain"],
};

type Field = keyof PromiseImage;

const fields = Object.keys(kept) as Field[];
const forms = Object.values(kept).map(([, form]) => form);

/** The columns of a promise in the order in which rows are read; the id is the first. */
export const columns: readonly string[] = Object.values(kept).map(([column]) => column);

/** The columns of a promise in the order in which rows are written. */
export const writtenColumns: readonly string[] = [...columns, "listed"];

/** By their place, not by name: looking names up would take SQLite's binding longer than the write itself. */
export const toRow = (image: PromiseImage): SQLInputValue[] => [
  ...fields.map((field) => toSql(kept[field][1], image[field])),
  isLocalStep(image.tags) ? 0 : 1,
];

/** The column that keeps a field, and what it holds of a promise. */
export const columnOf = (field: Field): string => kept[field][0];
export const valueFor = (field: Field, image: PromiseImage): SQLInputValue => toSql(kept[field][1], image[field]);

/** @param row Values in the order of {@link columns}. */
export function fromRow(row: readonly SQLOutputValue[]): PromiseImage {
  const image: Partial<Record<Field, unknown>> = {};
  for (const [at, field] of fields.entries()) {
    const value = row[at];
    if (value !== null && value !== undefined) {
      image[field] = fromSql(forms[at] as Form, value);
    }
  }
  return image as unknown as PromiseImage;
}

function toSql(form: Form, value: PromiseImage[Field]): SQLInputValue {
  if (value === undefined) {
    return null;
  }
  switch (form) {
    case "plain":
      return value as string | number;
    case "json":
      return JSON.stringify(value);
    case "set":
      return (value as readonly string[]).length === 0 ? null : JSON.stringify(value);
    case "flag":
      return value ? 1 : null;
  }
}

function fromSql(form: Form, value: SQLOutputValue): unknown {
  switch (form) {
    case "plain":
      return value;
    case "json":
    case "set":
      return JSON.parse(value as string);
    case "flag":
      return true;
  }
}
