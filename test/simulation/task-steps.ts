/**
 * What may happen in a simulation of tasks.
 *
 * @module
 */

import fc from "fast-check";
import type { Birth, Request } from "./task-asked.ts";
import type { World } from "./task-model.ts";

/** When a simulation begins: at a whole minute, so that schedules are met at once and again. */
export const beginning = 1_020_000;

/** An awaiter whose name is too long to stand in the promises that it awaits. */
export const longId = `long/${"w".repeat(130)}`;

/** Few ids, so that steps meet: tasks first, then steps of one of them and others. */
export const taskIds = ["t", "u", longId] as const;
export const plainIds = ["t:1", "t:2", "p"] as const;
export const ids = [...taskIds, ...plainIds] as const;

const target = { "resonate:target": "poll://any@g/w" };

const tagsOf = (id: string): fc.Arbitrary<Birth["tags"]> =>
  (taskIds as readonly string[]).includes(id)
    ? fc.oneof(
        { weight: 8, arbitrary: fc.constant({ ...target, "resonate:branch": "t" }) },
        {
          weight: 1,
          arbitrary: fc.constantFrom<Birth["tags"][]>(
            { ...target, "resonate:timer": "true" },
            { ...target, "resonate:delay": String(beginning + 3_000) },
            { ...target, "resonate:scope": "local" },
          ),
        },
      )
    : fc.constantFrom<Birth["tags"][]>(
        {},
        { "resonate:timer": "true" },
        { "resonate:scope": "local", "resonate:branch": "t" },
        { "resonate:scope": "local", "resonate:branch": "t" },
        target,
      );

const anyId = fc.constantFrom<string[]>("t", "t", "u", ...ids);
const taskId = fc.constantFrom<string[]>("t", "t", "t", "u", longId, "p");
const pid = fc.constantFrom("w1", "w2");
const ttl = fc.constantFrom(1, 400, 1_000, 5_000, 60_000);
const value = fc.constantFrom({}, { data: "x" });
const verdict = fc.constantFrom("resolved" as const, "rejected" as const, "rejected_canceled" as const);

/** Mostly far away, so that there is time for something; sometimes near or over. */
const timeoutAt = fc.oneof(
  { weight: 3, arbitrary: fc.constant(beginning + 90_000) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 12 }).map((steps) => beginning + steps * 500) },
);

const birthOf = (id: fc.Arbitrary<string>): fc.Arbitrary<Birth> =>
  id.chain((each) =>
    fc
      .record({ id: fc.constant(each), timeoutAt, param: value, tags: tagsOf(each) })
      // Nobody's door lets a delay through that the deadline comes before.
      .map((birth) =>
        Number(birth.tags["resonate:delay"] ?? 0) < birth.timeoutAt ? birth : { ...birth, tags: target },
      ),
  );

/** A task is created with a target, and without a delay. */
const targeted = ({ tags: { "resonate:delay": _, ...tags }, ...birth }: Birth): Birth => ({
  ...birth,
  tags: { ...tags, ...target },
});

const end = (id: fc.Arbitrary<string>) => fc.record({ id, verdict, value });

/** A version beside the one that is known to be in force. */
const hold = fc.record({ id: taskId, version: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, -1) });

const others = fc.uniqueArray(anyId, { minLength: 1, maxLength: 3 });

/** A request, whose versions are relative: zero is the task's own. */
export const relative: fc.Arbitrary<Request> = fc.oneof(
  { weight: 4, arbitrary: birthOf(anyId).map((birth): Request => ({ kind: "create", ...birth })) },
  { weight: 3, arbitrary: end(anyId).map((what): Request => ({ kind: "settle", ...what })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom("get" as const, "task.get" as const, "halt" as const, "continue" as const), taskId)
      .map(([kind, id]): Request => ({ kind, id })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ kind: fc.constant("callback" as const), awaited: anyId, awaiter: taskId })
      .map((asked) => (asked.awaited === asked.awaiter ? { ...asked, awaited: "t:1", awaiter: "t" } : asked)),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("listener" as const),
      awaited: anyId,
      address: fc.integer({ min: 0, max: 11 }).map((number) => `poll://uni@g/${number}`),
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(birthOf(taskId), fc.record({ pid, ttl }))
      .map(([birth, lease]): Request => ({ kind: "task.create", ...targeted(birth), ...lease })),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(hold, fc.record({ pid, ttl }))
      .map(([held, lease]): Request => ({ kind: "acquire", ...held, ...lease })),
  },
  { weight: 3, arbitrary: hold.map((held): Request => ({ kind: "release", ...held })) },
  {
    weight: 2,
    arbitrary: fc.tuple(hold, end(anyId)).map(([held, what]): Request => ({ kind: "fulfill", ...what, ...held })),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(hold, others)
      .map(([held, awaited]): Request => ({ kind: "suspend", ...held, awaited: besides(held.id, awaited) })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(hold, birthOf(fc.constantFrom(...plainIds)))
      .map(([held, what]): Request => ({ kind: "fence.create", ...held, id: besideOf(what.id, held.id), what })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(hold, end(fc.constantFrom(...plainIds)))
      .map(([held, what]): Request => ({ kind: "fence.settle", ...held, id: besideOf(what.id, held.id), what })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(pid, fc.array(hold, { minLength: 1, maxLength: 2 }))
      .map(([who, tasks]): Request => ({ kind: "heartbeat", pid: who, tasks })),
  },
);

/** No promise awaits itself, and none is fenced by its own task: no door lets that through. */
const besides = (id: string, awaited: readonly string[]): string[] => {
  const left = awaited.filter((each) => each !== id);
  return left.length > 0 ? left : [id === "p" ? "t:1" : "p"];
};
const besideOf = (inner: string, holder: string): string => (inner === holder ? "t" : holder);

/** A request as it is asked in this world. */
export function inForce(asked: Request, world: World): Request {
  const versionOf = ({ id, version }: { id: string; version: number }) =>
    Math.max(0, (world[id]?.task?.version ?? 0) + version);
  if (asked.kind === "heartbeat") {
    return { ...asked, tasks: asked.tasks.map((held) => ({ ...held, version: versionOf(held) })) };
  }
  return "version" in asked ? { ...asked, version: versionOf(asked) } : asked;
}

export type TaskStep =
  | { readonly kind: "ask"; readonly asked: Request }
  /** So many listeners that the promise has no room for them. */
  | { readonly kind: "crowd"; readonly awaited: string }
  | { readonly kind: "wait"; readonly ms: number }
  /** By one process, by it twice, or by two at once. */
  | { readonly kind: "sweep"; readonly by: "one" | "one, twice" | "two" };

export const crowd = Array.from({ length: 10 }, (_, number) => `poll://uni@crowd/${number}`);

const waiting = fc.constantFrom(1, 399, 400, 500, 500, 500, 1_000, 2_500, 30_000);

const step: fc.Arbitrary<TaskStep> = fc.oneof(
  { weight: 20, arbitrary: relative.map((asked): TaskStep => ({ kind: "ask", asked })) },
  { weight: 1, arbitrary: anyId.map((awaited): TaskStep => ({ kind: "crowd", awaited })) },
  { weight: 4, arbitrary: waiting.map((ms): TaskStep => ({ kind: "wait", ms })) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom("one" as const, "one, twice" as const, "two" as const)
      .map((by): TaskStep => ({ kind: "sweep", by })),
  },
);

/** Tasks that are held, and promises to wait for: what takes many random steps to come to. */
export const underWay: readonly Request[] = [
  ...plainIds.map((id) => ({ kind: "create", id, timeoutAt: beginning + 60_000, param: {}, tags: {} }) as const),
  ...taskIds.map((id) => ({
    ...({ kind: "task.create", id, timeoutAt: beginning + 90_000, param: {}, tags: target } as const),
    pid: "w1",
    ttl: 5_000,
  })),
];

export const taskSequences: fc.Arbitrary<TaskStep[]> = fc
  .tuple(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 40, size: "max" }))
  .map(([isUnderWay, steps]) => [
    ...(isUnderWay ? underWay.map((asked): TaskStep => ({ kind: "ask", asked })) : []),
    ...steps,
  ]);
