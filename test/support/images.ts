import type { PromiseImage } from "#lib/core/index.ts";

/** A promise as a store keeps it, pending and alive from 1,000 until 2,000, but for what the test says of it. */
export const imageOf = (fields: Partial<PromiseImage> = {}): PromiseImage => ({
  id: "p",
  state: "pending",
  param: {},
  value: {},
  tags: {},
  timeoutAt: 2_000,
  createdAt: 1_000,
  createToken: "creator",
  ...(fields.state === undefined && { dueAt: fields.timeoutAt ?? 2_000 }),
  ...fields,
});
