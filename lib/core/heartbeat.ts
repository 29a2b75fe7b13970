import type { GuardedChange } from "./change.ts";
import { isAliveAt, isPending, isTaskIn, isVersion } from "./guard.ts";
import type { EpochMs } from "./promise.ts";
import type { Held } from "./release.ts";

/** Renews the lease of a task for as long as it was taken for; of a task that is held no more, nothing. */
export const heartbeat = ({ id, version }: Held, pid: string, now: EpochMs): GuardedChange => ({
  of: "promise",
  id,
  guards: [
    isPending,
    isAliveAt(now),
    isTaskIn("acquired"),
    isVersion(version),
    { kind: "is", field: "pid", value: pid },
    // A late one takes nothing back from an earlier one.
    { kind: "atMost", field: "leasedAt", moment: now },
  ],
  change: { kind: "update", set: { leasedAt: now } },
});
