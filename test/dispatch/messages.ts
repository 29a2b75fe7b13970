import type { PromiseRecord } from "#lib/core/index.ts";
import type { Outgoing } from "#lib/ports/transport.ts";

/** An offer of a task. */
export const offer = (address: string, id: string, version = 0): Outgoing => ({
  kind: "execute",
  address,
  id,
  version,
});

export const settled: PromiseRecord = {
  id: "p",
  state: "resolved",
  param: {},
  value: { data: "ready" },
  tags: {},
  timeoutAt: 9,
  createdAt: 1,
  settledAt: 2,
};

/** The news that a promise is settled. */
export const news = (address: string, promise = settled): Outgoing => ({ kind: "unblock", address, promise });
