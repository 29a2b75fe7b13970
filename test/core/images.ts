import type { PromiseImage } from "#lib/core/index.ts";

/** A promise to begin with: alive from 1,000 to 2,000. */
export const pending: PromiseImage = {
  id: "a",
  state: "pending",
  param: { data: "asked" },
  value: {},
  tags: { team: "blue" },
  timeoutAt: 2_000,
  createdAt: 1_000,
  idempotencyKeyForCreate: "birth",
  createToken: "t-create",
  dueAt: 2_000,
};

const { dueAt: _, ...constant } = pending;

/** The same, resolved by a client. */
export const resolved: PromiseImage = {
  ...constant,
  state: "resolved",
  value: { data: "answered" },
  settledAt: 1_500,
  idempotencyKeyForComplete: "end",
  settleToken: "t-settle",
};
