import type { EventMoment } from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";

/** A promise to begin with: alive from 1,000 to 2,000. */
export const pending = imageOf({ param: { data: "asked" }, idempotencyKeyForCreate: "birth" });

/** The same, resolved by a client. */
export const resolved = imageOf({
  param: pending.param,
  idempotencyKeyForCreate: "birth",
  state: "resolved",
  value: { data: "answered" },
  settledAt: 1_500,
  idempotencyKeyForComplete: "end",
  settleToken: "t-settle",
});

/** After how long a pending task is offered again, in these tests. */
export const retryMs = 30_000;

/** What is known of a request at this moment. */
export const at = (now: number, token = "t"): EventMoment => ({ now, token, retryMs, subscriptions: [] });
