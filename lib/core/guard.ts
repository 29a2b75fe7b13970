/**
 * What must hold of a stored thing for a change to happen: conjunctions of positive atoms, a small closed vocabulary.
 *
 * There is no negation and no inequality: DynamoDB finds both true of an attribute that is not there.
 *
 * @module
 */

import type { EpochMs, PromiseImage, TaskState } from "./promise.ts";

/** The fields of a thing whose values are of a kind. */
type FieldOf<Thing, Value> = {
  [Field in keyof Thing]-?: NonNullable<Thing[Field]> extends Value ? Field : never;
}[keyof Thing] &
  string;

export type Guard<Thing = PromiseImage> =
  /** Nothing has this id yet. */
  | { readonly kind: "absent" }
  /** The field has this value. */
  | { readonly kind: "is"; readonly field: FieldOf<Thing, string | number>; readonly value: string | number }
  /** The field has some value; a set has a member. */
  | { readonly kind: "present"; readonly field: keyof Thing & string }
  /** There is such a thing or not, but the field has no value; a set has no member. */
  | { readonly kind: "unset"; readonly field: keyof Thing & string }
  /** The field's number is not greater than this one. */
  | { readonly kind: "atMost"; readonly field: FieldOf<Thing, number>; readonly moment: EpochMs }
  /** The field's number is greater than this one. */
  | { readonly kind: "after"; readonly field: FieldOf<Thing, number>; readonly moment: EpochMs }
  /** The set has this member. */
  | { readonly kind: "has"; readonly field: FieldOf<Thing, readonly string[]>; readonly member: string }
  /** The set has fewer members than this. */
  | { readonly kind: "fits"; readonly field: FieldOf<Thing, readonly string[]>; readonly countMax: number };

export const isAbsent: Guard<unknown> = { kind: "absent" };
export const isPending: Guard = { kind: "is", field: "state", value: "pending" };
export const isAliveAt = (now: EpochMs): Guard => ({ kind: "after", field: "timeoutAt", moment: now });
export const isOverdueAt = (now: EpochMs): Guard => ({ kind: "atMost", field: "timeoutAt", moment: now });
export const isBornBy = (now: EpochMs): Guard => ({ kind: "atMost", field: "createdAt", moment: now });
export const hasTask: Guard = { kind: "present", field: "taskState" };
export const isTaskIn = (state: Exclude<TaskState, "fulfilled">): Guard => ({
  kind: "is",
  field: "taskState",
  value: state,
});
export const isVersion = (version: number): Guard => ({ kind: "is", field: "taskVersion", value: version });
/** What the service does on its own is looked at by then: the due key need not move. */
export const isDueBy = (moment: EpochMs): Guard => ({ kind: "atMost", field: "dueAt", moment });
export const isArmed: Guard = { kind: "present", field: "dueAt" };
export const isUnarmed: Guard = { kind: "unset", field: "dueAt" };
/** Nobody waits for the promise's end, or is still to be told of it. */
export const isUnawaited: readonly Guard[] = [
  { kind: "unset", field: "callbacks" },
  { kind: "unset", field: "listeners" },
  { kind: "unset", field: "moreWaiters" },
  { kind: "unset", field: "hasMembers" },
  { kind: "unset", field: "birthUntold" },
  { kind: "unset", field: "endUntold" },
];

/** Whether the guard holds of what is stored. */
export function holds<Thing extends object>(guard: Guard<Thing>, image: Thing | undefined): boolean {
  if (guard.kind === "absent" || image === undefined) {
    return image === undefined && (guard.kind === "absent" || guard.kind === "unset" || guard.kind === "fits");
  }
  const value: unknown = image[guard.field];
  switch (guard.kind) {
    case "is":
      return value === guard.value;
    case "present":
      return value !== undefined;
    case "unset":
      return value === undefined;
    case "atMost":
      return value !== undefined && (value as number) <= guard.moment;
    case "after":
      return value !== undefined && (value as number) > guard.moment;
    case "has":
      return value !== undefined && (value as readonly string[]).includes(guard.member);
    case "fits":
      return value === undefined || (value as readonly string[]).length < guard.countMax;
  }
}
