/**
 * What a schedule may hold, and so may its promises: whatever it is created with, none of them breaks its own limits.
 *
 * @module
 */

import type { Violation } from "./fault.ts";
import {
  creationViolations,
  idViolations,
  illFormed,
  keyViolations,
  limits,
  refuse,
  tagsExcesses,
  texts,
  tooLong,
  violation,
} from "./limits.ts";
import { compositeTag, endOfTime } from "./promise.ts";
import { type CreateSchedule, type CronFlaw, occurrence } from "./schedule.ts";

/** @throws Fault `invalid`; otherwise `tooLarge` where a payload or tags are. */
export function checkSchedule(schedule: CreateSchedule, flawOf: CronFlaw): void {
  const { id, idempotencyKey, description = "", promiseId, promiseTimeout, tags } = schedule;
  const naming = [...idViolations(id), ...boundedText("promiseId", promiseId)];
  // What is wrong with a name is told once, and not again of each tag that repeats it.
  const promises = promiseViolations(naming.length === 0 ? schedule : { ...schedule, id: "id", promiseId: "id" });
  refuse("invalid", [
    ...naming,
    ...keyViolations(idempotencyKey),
    ...timing(schedule, flawOf),
    ...boundedText("description", description),
    ...timeoutViolations(promiseTimeout),
    ...texts("tags", tags),
    ...promises.invalid,
  ]);
  refuse("tooLarge", [...tagsExcesses("tags", tags), ...promises.tooLarge]);
}

const boundedText = (field: string, text: string): Violation[] => [
  ...illFormed(field, text),
  ...tooLong(field, text, limits.textBytesMax),
];

function timeoutViolations(promiseTimeout: number): Violation[] {
  if (!(Number.isInteger(promiseTimeout) && promiseTimeout >= 0)) {
    return [violation("promiseTimeout", "must be a whole number of milliseconds, at least 0")];
  }
  return promiseTimeout > endOfTime ? [violation("promiseTimeout", `must be at most ${endOfTime} milliseconds`)] : [];
}

function timing({ cron, timezone }: CreateSchedule, flawOf: CronFlaw): Violation[] {
  const violations = [
    ...boundedText("cron", cron),
    ...(timezone === undefined ? [] : boundedText("timezone", timezone)),
  ];
  const flaw = violations.length === 0 ? flawOf(cron, timezone) : undefined;
  return flaw === undefined ? violations : [flaw];
}

/** What is wrong with the promise that has the longest id and the latest deadline, told in the schedule's own fields. */
function promiseViolations(schedule: CreateSchedule) {
  const { "resonate:delay": delay, ...promiseTags } = schedule.promiseTags;
  // Its key is its id.
  const { idempotencyKey: _, ...run } = occurrence({ ...schedule, promiseTags }, endOfTime);
  const { invalid, tooLarge } = creationViolations(run);
  return {
    invalid: [
      ...invalid.map(inOwnFields),
      ...(delay === undefined
        ? []
        : [violation("promiseTags", "must not contain resonate:delay: the schedule says when")]),
      ...(promiseTags[compositeTag] === undefined
        ? []
        : [violation("promiseTags", `must not contain ${compositeTag}: each promise would have the same members`)]),
    ],
    tooLarge: tooLarge.map(inOwnFields),
  };
}

const ownFields: ReadonlyMap<string, string> = new Map([
  ["id", "promiseId"],
  ["tags", "promiseTags"],
  ["param", "promiseParam"],
  ["param.data", "promiseParam.data"],
  ["param.headers", "promiseParam.headers"],
]);

function inOwnFields({ field, message }: Violation): Violation {
  const own = ownFields.get(field);
  return own === undefined
    ? { field: "promiseTags", message }
    : { field: own, message: own + message.slice(field.length) };
}
