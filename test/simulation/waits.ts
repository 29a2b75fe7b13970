/**
 * What chance alone comes to seldom: somebody begins to wait, is woken or told, and waits again.
 *
 * @module
 */

import fc from "fast-check";
import { type Concurrent, concurrent, type Move } from "./history.ts";
import type { Request } from "./task-asked.ts";
import { plainIds } from "./task-steps.ts";

const asked = (request: Request): Move => ({ kind: "ask", asked: request });
const work: Move = { kind: "sweep" };

/** Versions are relative: zero is the one in force. */
const wait: fc.Arbitrary<readonly Move[]> = fc
  .record({
    id: fc.constantFrom("t", "u"),
    awaited: fc.shuffledSubarray([...plainIds], { minLength: 2, maxLength: 2 }),
    address: fc.integer({ min: 0, max: 11 }).map((number) => `poll://uni@g/${number}`),
  })
  .map(({ id, awaited: [first = "", second = ""], address }) => [
    asked({ kind: "listener", awaited: first, address }),
    asked({ kind: "suspend", id, version: 0, awaited: [first] }),
    asked({ kind: "settle", id: first, verdict: "resolved", value: {} }),
    work,
    asked({ kind: "task.get", id }),
    asked({ kind: "acquire", id, version: 0, pid: "w1", ttl: 5_000 }),
    asked({ kind: "suspend", id, version: 0, awaited: [second] }),
    work,
    asked({ kind: "task.get", id }),
  ]);

/** Clients of whom one waits, whatever the others do. */
export const waiting: fc.Arbitrary<Concurrent> = fc
  .tuple(concurrent, wait)
  .map(([each, moves]) => ({ ...each, clients: [moves, ...each.clients.slice(1, 3)] }));
