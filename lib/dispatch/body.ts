import type { PromiseRecord } from "#lib/core/index.ts";
import type { Outgoing } from "#lib/ports/transport.ts";

/**
 * A message as its receiver reads it (`protocol/rpc.md` 12.1).
 *
 * @param serverUrl Where the receiver of an offer finds the server.
 */
export function toBody(message: Outgoing, serverUrl: string): string {
  switch (message.kind) {
    case "execute": {
      const { kind, id, version } = message;
      return JSON.stringify({ kind, head: { serverUrl }, data: { task: { id, version } } });
    }
    case "unblock":
      return JSON.stringify({ kind: message.kind, head: {}, data: { promise: toRecord(message.promise) } });
  }
}

/** Only what the protocol knows of a promise: what was handed in may hold more. */
function toRecord({ id, state, param, value, tags, timeoutAt, createdAt, settledAt }: PromiseRecord): object {
  return { id, state, param, value, tags, timeoutAt, createdAt, settledAt };
}
