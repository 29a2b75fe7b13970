/**
 * Payloads beside the table, and which of them nothing refers to.
 *
 * @module
 */

import type { ChangeTo } from "./change.ts";
import type { EpochMs, Value } from "./promise.ts";
import { after } from "./task.ts";
import type { Things, Upload } from "./things.ts";

/** By then whoever put the payload there has written what it belongs to, or never will. */
const graceMs = 24 * 60 * 60 * 1_000;

/** Notes that a payload is about to be put under a key. */
export const uploading = (id: string, owner: Upload["owner"], now: EpochMs): ChangeTo<"upload"> => ({
  of: "upload",
  id,
  guards: [],
  change: { kind: "put", image: { id, owner, dueAt: after(now, graceMs) } },
});

/** Forgets the note: the payload is referred to, or gone. */
export const uploaded = ({ id, dueAt }: Upload): ChangeTo<"upload"> => ({
  of: "upload",
  id,
  // Unless it was noted anew meanwhile.
  guards: [{ kind: "is", field: "dueAt", value: dueAt }],
  change: { kind: "delete" },
});

/** Whether a thing refers to the payload of a key. */
export const refersTo = (owner: Things["promise" | "schedule"] | undefined, key: string): boolean =>
  owner !== undefined && payloadsOf(owner).some(({ elsewhere }) => elsewhere?.key === key);

const payloadsOf = (owner: Things["promise" | "schedule"]): Value[] =>
  "promiseParam" in owner ? [owner.promiseParam] : [owner.param, owner.value];
