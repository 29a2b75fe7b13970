import { expect, it } from "vitest";
import { type Guard, holds, isAbsent, isAliveAt, isBornBy, isOverdueAt, isPending } from "#lib/core/guard.ts";
import { imageOf } from "../support/images.ts";

const pending = imageOf({ createdAt: 1_000, timeoutAt: 2_000 });
const resolved = imageOf({ state: "resolved", settledAt: 1_500 });

const rows: readonly [name: string, guard: Guard, stored: typeof pending | undefined, held: boolean][] = [
  ["absent", isAbsent, undefined, true],
  ["absent", isAbsent, pending, false],
  ["absent", isAbsent, resolved, false],
  ["pending", isPending, pending, true],
  ["pending", isPending, resolved, false],
  ["alive just before its deadline", isAliveAt(1_999), pending, true],
  ["alive at its deadline", isAliveAt(2_000), pending, false],
  ["overdue just before its deadline", isOverdueAt(1_999), pending, false],
  ["overdue at its deadline", isOverdueAt(2_000), pending, true],
  ["born just before its birth", isBornBy(999), pending, false],
  ["born at its birth", isBornBy(1_000), pending, true],
];

it.each(rows)("asked whether it is %s, guard %o of %o holds: %s", (_name, guard, stored, held) => {
  expect(holds(guard, stored)).toBe(held);
});

it.each([isPending, isAliveAt(0), isOverdueAt(Number.MAX_SAFE_INTEGER), isBornBy(Number.MAX_SAFE_INTEGER)])(
  "of a promise that is not there, %o does not hold",
  (guard) => {
    expect(holds(guard, undefined)).toBe(false);
  },
);
