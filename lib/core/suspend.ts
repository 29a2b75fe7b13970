import type { AnyChange, GuardedChange } from "./change.ts";
import { enlist } from "./enlist.ts";
import { type Guard, isAliveAt, isBornBy, isPending, isTaskIn, isVersion } from "./guard.ts";
import type { PromiseImage } from "./promise.ts";
import type { Held } from "./release.ts";
import { lease } from "./task.ts";
import type { Moment } from "./verb.ts";

/** That the task is held at this version, and its promise alive. */
export const isHeld = (version: number, { now }: Pick<Moment, "now">): readonly Guard[] => [
  isPending,
  isAliveAt(now),
  isBornBy(now),
  isTaskIn("acquired"),
  isVersion(version),
];

/** Puts a held task to sleep. Progress has been made: what was given up before counts no more. */
export const suspension = ({ id, version }: Held, moment: Moment, guards: readonly Guard[] = []): GuardedChange => ({
  of: "promise",
  id,
  guards: [...isHeld(version, moment), ...guards],
  change: {
    kind: "update",
    set: { taskState: "suspended", taskToken: moment.token },
    unset: [...lease, "retryAt", "giveUps", "resumes"],
  },
  signedIn: "taskToken",
});

/** The writes that make the task wait for each of these; what is known of them decides how. */
export const awaiting = (
  id: string,
  awaited: readonly string[],
  { now }: Moment,
  seen: ReadonlyMap<string, PromiseImage>,
): readonly AnyChange[] =>
  awaited.flatMap((each) => enlist(each, { role: "callback", waiter: id }, now, seen.get(each)));

/**
 * A task that was to sleep and may go on at once: it stays held, and what has woken it so far counts no more. That it is
 * held is checked by the same write. It is signed otherwise than the suspension that the same request has tried, which
 * may have taken effect all the same.
 */
export const goOn = ({ id, version }: Held, moment: Moment): GuardedChange => ({
  of: "promise",
  id,
  guards: isHeld(version, moment),
  change: { kind: "update", set: { taskToken: `${moment.token}/on` }, unset: ["resumes"] },
  signedIn: "taskToken",
});

/** What a transaction's other writes depend on: the task is held. */
export const fence = ({ id, version }: Held, moment: Moment): GuardedChange => ({
  of: "promise",
  id,
  guards: isHeld(version, moment),
  change: { kind: "check" },
});
