import type { PromiseRecord } from "#lib/core/index.ts";
import type { Outgoing } from "#lib/ports/transport.ts";

/**
 * A message as its receiver reads it (`protocol/rpc.md` 12.1).
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
  }
}

/** Only what the protocol knows of a promise: what was handed in may hold more. */
function toRecord({ id, state, param, value, tags, timeoutAt, createdAt, settledAt }: PromiseRecord): object {
  return { id, state, param, value, tags, timeoutAt, createdAt, settledAt };
}
