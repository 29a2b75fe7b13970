/** Anything that a client of the RPC door might send: bytes, JSON, envelopes, and requests of the right shape. */

import fc from "fast-check";
import { version } from "./asking.ts";

/** Few, so that requests meet one another's promises; the sign stands for what no other sequence of requests has. */
const id = fc.constantFrom("~root", "~root", "~root", "~a", "~b", "~b", "~root:0", "http://promises.test/promises/~a");

/** What stands before a sequence of requests: a task that is held, and a promise that is settled. */
export const beginning = [
  [
    "task.create",
    {
      pid: "p",
      ttl: 100,
      action: {
        kind: "",
        head: {},
        data: { id: "~root", timeoutAt: 9e15, tags: { "resonate:target": "poll://any@g" } },
      },
    },
  ],
  ["promise.create", { id: "~a", timeoutAt: 9e15 }],
  ["promise.settle", { id: "~a", state: "resolved" }],
  ["promise.create", { id: "~b", timeoutAt: 9e15 }],
  [
    "schedule.create",
    { id: "~b", cron: "@daily", promiseId: "x", promiseTimeout: 1, promiseTags: { "resonate:target": "poll://any@g" } },
  ],
] as const;

const oddText = fc.oneof(
  fc.constantFrom("", "\0", "\ud800", "__proto__", "constructor", "x".repeat(1_001), "%", "/", "\u{10ffff}"),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
);

const text = fc.oneof({ arbitrary: id, weight: 3 }, { arbitrary: oddText, weight: 1 });

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  oddText,
  fc.constantFrom(-1, 0.5, 2 ** 53, 2 ** 63, 2 ** 64, -(2 ** 63), 1e308, null),
);

/** Mostly what it should be. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary, weight: 60 }, { arbitrary: odd as fc.Arbitrary<unknown>, weight: 1 });

const anId = fc.oneof({ arbitrary: id, weight: 30 }, { arbitrary: oddText, weight: 1 });
const pid = mostly(fc.constantFrom("p", "q"));
const taskVersion = mostly(fc.constantFrom(1, 1, 1, 0, 2));
const ttl = mostly(fc.integer({ min: 1, max: 100 }));
const timeoutAt = mostly(fc.oneof(fc.integer({ min: 0, max: 1_010_000 }), fc.constantFrom(9e15, 2 ** 63)));
const payload = mostly(
  fc.record({ data: oddText, headers: fc.dictionary(oddText, oddText, { maxKeys: 3 }) }, { requiredKeys: [] }),
);
const address = fc.oneof(
  fc.constantFrom("poll://any@g", "poll://uni@g/me", "https://else.where/x", "default"),
  oddText,
);
const tags = mostly(
  fc
    .tuple(
      fc.record(
        {
          "resonate:target": mostly(fc.constantFrom("poll://any@g", "poll://any@g/a", "https://else.where/x")),
          "resonate:delay": fc.constantFrom("0", "1", "x"),
          "resonate:timer": fc.constantFrom("true", "false"),
          "resonate:scope": fc.constantFrom("local", "global"),
          "resonate:branch": id,
          "resonate:origin": text,
        },
        { requiredKeys: ["resonate:target"] },
      ),
      fc.dictionary(oddText, oddText, { maxKeys: 2 }),
      fc.integer({ min: 0, max: 5 }),
    )
    .map(([own, others, chance]) => (chance === 0 ? others : { ...others, ...own })),
);

const action = (data: fc.Arbitrary<unknown>, kind: fc.Arbitrary<unknown> = fc.constant("promise.create")) =>
  mostly(fc.record({ kind, head: mostly(fc.constant({})), data: mostly(data) }));

const record = (members: Record<string, fc.Arbitrary<unknown>>, optional: Record<string, fc.Arbitrary<unknown>> = {}) =>
  fc.record({ ...members, ...optional }, { requiredKeys: Object.keys(members) });

const create = record({ id: anId, timeoutAt }, { param: payload, tags });
const targeted = record({ id: anId, timeoutAt, tags }, { param: payload });
const state = mostly(fc.constantFrom("resolved", "rejected", "rejected_canceled"));
const settle = record({ id: anId, state }, { value: payload });
const held = { id: anId, version: taskVersion };
const page = { tags, limit: mostly(fc.integer({ min: 1, max: 1_000 })), cursor: anId };

/** The same id in both places, as they must be. */
const fulfill = fc.tuple(record(held), settle).map(([task, data]) => ({
  ...task,
  action: { kind: "promise.settle", head: {}, data: { ...data, id: task["id"] } },
}));
const suspend = fc.tuple(record(held), fc.array(anId, { minLength: 1, maxLength: 2 })).map(([task, awaited]) => ({
  ...task,
  actions: awaited.map((each) => ({ kind: "", head: {}, data: { awaited: each, awaiter: task["id"] } })),
}));

const dataOf: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  "promise.get": record({ id: anId }),
  "promise.create": create,
  "promise.settle": settle,
  "promise.register_callback": record({ awaited: anId, awaiter: anId }),
  "promise.register_listener": record({ awaited: anId, address }),
  "promise.search": record({}, { state: mostly(fc.constantFrom("pending", "resolved")), ...page }),
  "task.get": record({ id: anId }),
  "task.create": record({ pid, ttl, action: action(targeted) }),
  "task.acquire": record({ ...held, pid, ttl }),
  "task.release": record(held),
  "task.fulfill": fulfill,
  "task.suspend": suspend,
  "task.fence": fc.oneof(
    record({ ...held, action: action(create) }),
    record({ ...held, action: action(settle, fc.constant("promise.settle")) }),
  ),
  "task.heartbeat": record({ pid, tasks: mostly(fc.array(mostly(record(held)), { maxLength: 3 })) }),
  "task.halt": record({ id: anId }),
  "task.continue": record({ id: anId }),
  "task.search": record({}, { state: mostly(fc.constantFrom("pending", "acquired")), ...page }),
  "schedule.get": record({ id: anId }),
  "schedule.create": record(
    {
      id: anId,
      cron: fc.oneof(
        { arbitrary: fc.constantFrom("* * * * *", "@daily", "@every 1s"), weight: 4 },
        { arbitrary: fc.oneof(fc.constantFrom("0 0 30 2 *", "0 0 * * MON#2"), oddText), weight: 1 },
      ),
      promiseId: mostly(fc.constantFrom("{{.id}}.{{.timestamp}}", "{{", "{{.x}}y")),
      promiseTimeout: timeoutAt,
      promiseTags: tags,
    },
    { promiseParam: payload, timezone: mostly(fc.constantFrom("Europe/Berlin", null)) },
  ),
  "schedule.delete": record({ id: anId }),
  "schedule.search": record({}, page),
  "debug.start": fc.constant({}),
  "debug.stop": fc.constant({}),
  "debug.reset": fc.constant({}),
  "debug.tick": record({ time: timeoutAt }),
  "debug.snap": fc.constant({}),
};

export const kinds = Object.keys(dataOf).filter((kind) => !kind.startsWith("debug."));

const corrId = fc.oneof(fc.constant("c"), oddText);

/** What seldom gets far is asked more often. */
const often = ["task.suspend", "task.suspend", "task.fence", "task.acquire", "task.release", "task.create"];

/** A request of a kind that there is, nearly right in most of its members, its envelope in order. */
export const request = fc
  .constantFrom(...Object.keys(dataOf), ...often)
  .chain((kind) => fc.record({ kind: fc.constant(kind), data: dataOf[kind] as fc.Arbitrary<unknown>, corrId }))
  .map((sent) => ({ kind: sent.kind, head: { corrId: sent.corrId, version }, data: sent.data }));

const head = fc.record(
  {
    corrId: mostly(corrId),
    version: mostly(fc.constant(version)),
    auth: odd,
    "resonate:debug_time": odd,
    "resonate:origin": odd,
  },
  { requiredKeys: ["corrId", "version"] },
);

/** Anything that is JSON, and most often something like an envelope. */
export const json = fc.oneof(
  fc.record(
    {
      kind: mostly(fc.constantFrom(...Object.keys(dataOf))),
      head: mostly(head),
      data: fc.oneof(odd, fc.constant({}), fc.dictionary(oddText, odd)),
    },
    { requiredKeys: ["kind"] },
  ),
  fc.jsonValue({ maxDepth: 5 }),
);

/** Bytes: JSON that was cut, joined or damaged, and bytes of no sense at all. */
export const bytes = fc.oneof(
  fc.uint8Array().map((each) => Buffer.from(each)),
  fc.tuple(request, fc.nat(), fc.uint8Array({ maxLength: 3 })).map(([sent, at, inserted]) => {
    const whole = Buffer.from(JSON.stringify(sent));
    const place = at % whole.length;
    return Buffer.concat([whole.subarray(0, place), inserted, whole.subarray(place + inserted.length)]);
  }),
);
