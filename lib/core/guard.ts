/**
 * What must hold of a stored promise for a change to happen: conjunctions of positive atoms, a small closed vocabulary.
 *
 * There is no negation and no inequality: DynamoDB finds both true of an attribute that is not there.
 *
 * @module
 */

import type { EpochMs, PromiseImage } from "./promise.ts";

type TimeField = "createdAt" | "timeoutAt";

export type Guard =
  /** No promise has this id yet. */
  | { readonly kind: "absent" }
  /** The promise exists, and the field has this value. */
  | { readonly kind: "is"; readonly field: "state"; readonly value: string }
  /** The promise exists, and the field's moment is not later than this one. */
  | { readonly kind: "atMost"; readonly field: TimeField; readonly moment: EpochMs }
  /** The promise exists, and the field's moment is later than this one. */
  | { readonly kind: "after"; readonly field: TimeField; readonly moment: EpochMs };

export const isAbsent: Guard = { kind: "absent" };
export const isPending: Guard = { kind: "is", field: "state", value: "pending" };
export const isAliveAt = (now: EpochMs): Guard => ({ kind: "after", field: "timeoutAt", moment: now });
export const isOverdueAt = (now: EpochMs): Guard => ({ kind: "atMost", field: "timeoutAt", moment: now });
export const isBornBy = (now: EpochMs): Guard => ({ kind: "atMost", field: "createdAt", moment: now });

/** Whether the guard holds of what is stored. */
export function holds(guard: Guard, image: PromiseImage | undefined): boolean {
  switch (guard.kind) {
    case "absent":
      return image === undefined;
    case "is":
      return image !== undefined && image[guard.field] === guard.value;
    case "atMost":
      return image !== undefined && image[guard.field] <= guard.moment;
    case "after":
      return image !== undefined && image[guard.field] > guard.moment;
  }
}
