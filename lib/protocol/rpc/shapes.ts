/**
 * The shapes of the data of each kind (`protocol/rpc.md` 2, 7).
 *
 * @module
 */

import * as z from "zod";
import { endOfTime, type Value } from "#lib/core/index.ts";
import { int64Max, object, once, text, textMap } from "../shapes.ts";

/** A moment or a length of time, of 64 bits; what is past 2^53 - 1 is kept as that. */
export const time = once(() =>
  z
    .custom<number>((given) => Number.isInteger(given) && Math.abs(given as number) <= int64Max, {
      error: "must be an integer of 64 bits",
    })
    .transform((given) => Math.max(-endOfTime, Math.min(given, endOfTime))),
);

/** A number that is compared or counted: one that JavaScript would round is another one. */
const count = once(() =>
  z.custom<number>(Number.isSafeInteger, { error: "must be an integer from -(2^53 - 1) to 2^53 - 1" }),
);

/** An optional member that is left out when it is not there: null is not the same as absent, except in a payload. */
const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullish();

const Payload = once(() =>
  z.object({ headers: nullable(textMap()), data: nullable(text()) }, object).transform(
    ({ headers, data }): Value => ({
      ...(headers != null && { headers }),
      ...(data != null && { data }),
    }),
  ),
);

const payload = once(() => Payload().default({}));
const tags = once(() => textMap().default({}));

const promiseStates = ["pending", "resolved", "rejected", "rejected_canceled", "rejected_timedout"] as const;
const taskStates = ["pending", "acquired", "suspended", "halted", "fulfilled"] as const;

export const ById = once(() => z.object({ id: text() }, object));

export const CreatePromise = once(() =>
  z.object({ id: text(), timeoutAt: time(), param: payload(), tags: tags() }, object),
);

export const SettlePromise = once(() =>
  z.object({ id: text(), state: z.enum(["resolved", "rejected", "rejected_canceled"]), value: payload() }, object),
);

export const Callback = once(() => z.object({ awaited: text(), awaiter: text() }, object));
export const Listener = once(() => z.object({ awaited: text(), address: text() }, object));

/** A request in a request: of its kind and head only that they are there is asked. */
const action = <Schema extends z.ZodType>(data: Schema) =>
  z.object({ kind: text(), head: z.object({}, object), data }, object);

export const CreateTask = once(() => z.object({ pid: text(), ttl: time(), action: action(CreatePromise()) }, object));
export const AcquireTask = once(() => z.object({ id: text(), version: count(), pid: text(), ttl: time() }, object));
export const HeldTask = once(() => z.object({ id: text(), version: count() }, object));
export const FulfillTask = once(() =>
  z.object({ id: text(), version: count(), action: action(SettlePromise()) }, object),
);
export const SuspendTask = once(() =>
  z.object({ id: text(), version: count(), actions: z.array(action(Callback())) }, object),
);
export const FenceTask = once(() =>
  z.object(
    { id: text(), version: count(), action: z.object({ kind: text(), data: z.unknown().optional() }, object) },
    object,
  ),
);
export const Heartbeat = once(() => z.object({ pid: text(), tasks: z.array(HeldTask()) }, object));

/** What narrows a search is as good as absent where it is null. */
const page = once(() => ({ tags: nullable(textMap()), limit: nullable(count()), cursor: nullable(text()) }));
export const SearchPromises = once(() => z.object({ state: nullable(z.enum(promiseStates)), ...page() }, object));
export const SearchTasks = once(() => z.object({ state: nullable(z.enum(taskStates)), ...page() }, object));
export const SearchSchedules = once(() => z.object(page(), object));

export const CreateSchedule = once(() =>
  z.object(
    {
      id: text(),
      cron: text(),
      timezone: nullable(text()),
      promiseId: text(),
      promiseTimeout: time(),
      promiseParam: payload(),
      promiseTags: tags(),
    },
    object,
  ),
);

export const Nothing = once(() => z.object({}, object));
export const Tick = once(() => z.object({ time: z.unknown().optional() }, object));
