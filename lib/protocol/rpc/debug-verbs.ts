/**
 * The clock in the client's hand, for tests (`protocol/rpc.md` 14).
 *
 * @module
 */

import type { Debug, Undelivered } from "#lib/ports/debug.ts";
import { Refused } from "./envelope.ts";
import { toPromise } from "./records.ts";
import * as shapes from "./shapes.ts";
import { type Answer, type Call, type Verb, verb } from "./verb.ts";

/** @throws Refused 403 where nobody may set the clock. */
function allowed({ debug }: Call): Debug {
  if (debug === undefined) {
    throw new Refused(403, "Debug operations are disabled");
  }
  return debug;
}

const simple = (run: (debug: Debug) => Promise<void> | void): Verb =>
  verb({
    shape: shapes.Nothing,
    isDebug: true,
    run: async (_, call): Promise<Answer> => {
      await run(allowed(call));
      return { data: {} };
    },
  });

export const debugVerbs: readonly (readonly [kind: string, verb: Verb])[] = [
  ["debug.start", simple((debug) => debug.start())],
  ["debug.stop", simple((debug) => debug.stop())],
  ["debug.reset", simple((debug) => debug.reset())],
  [
    "debug.tick",
    verb({
      shape: shapes.Tick,
      isDebug: true,
      run: async ({ time }, call) => {
        const moment = shapes.time().safeParse(time).data;
        if (moment === undefined) {
          throw new Refused(400, "Missing or invalid 'time' field");
        }
        if (call.debugTime !== undefined && call.debugTime !== moment) {
          throw new Refused(400, "resonate:debug_time must equal data.time");
        }
        await allowed(call).tick(moment);
        return { data: [] };
      },
    }),
  ],
  [
    "debug.snap",
    verb({
      shape: shapes.Nothing,
      isDebug: true,
      run: async (_, call) => {
        const snapshot = await allowed(call).snap();
        return {
          data: {
            ...snapshot,
            promises: snapshot.promises.map((promise) => toPromise(promise)),
            tasks: snapshot.tasks.map(({ giveUps: _giveUps, ...task }) => task),
            messages: snapshot.messages.map(({ address, message }) => ({ address, message: toMessage(message) })),
          },
        };
      },
    }),
  ],
];

const toMessage = (message: Undelivered): object => ({
  kind: message.kind,
  head: {},
  data: message.kind === "execute" ? { task: message.task } : { promise: toPromise(message.promise) },
});
