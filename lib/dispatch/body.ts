import type { EpochMs, PromiseRecord } from "#lib/core/index.ts";
import type { Outgoing } from "#lib/ports/transport.ts";

/**
 * A message as its receiver reads it (`protocol/rpc.md` 12.1): an event, as Standard Webhooks has it.
 *
 * The trace (W3C Trace Context) and the name of the request that it comes from stand in the head, which clients look at
 * only for what they know.
 *
 * @param serverUrl Where the receiver of an offer finds the server.
 */
export function toBody(message: Outgoing, serverUrl: string): string {
  switch (message.kind) {
    case "execute": {
      const { kind, id, version, trace } = message;
      return JSON.stringify({ kind, head: { serverUrl, ...trace }, data: { task: { id, version } } });
    }
    case "unblock":
      return JSON.stringify({
        kind: message.kind,
        head: { ...message.trace },
        data: { promise: toRecord(message.promise) },
      });
    case "event": {
      const { subscription, promise } = message;
      const timestamp = toTimestamp(message.event === "created" ? promise.createdAt : promise.settledAt);
      return JSON.stringify({ type: typeOf(message), timestamp, data: { subscription, promise: toRecord(promise) } });
    }
  }
}

/** What an event is called. */
export const typeOf = ({ event }: Extract<Outgoing, { kind: "event" }>): string => `promise.${event}`;

/** The latest moment that a text says: the end of the year 9999. */
const latestTimestamp = 253_402_300_799_999;

const toTimestamp = (moment: EpochMs = 0): string => new Date(Math.min(moment, latestTimestamp)).toISOString();

/** Only what the protocol knows of a promise: what was handed in may hold more. */
function toRecord({ id, state, param, value, tags, timeoutAt, createdAt, settledAt }: PromiseRecord): object {
  return { id, state, param, value, tags, timeoutAt, createdAt, settledAt };
}
