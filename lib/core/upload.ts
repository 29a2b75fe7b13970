/**
 * Payloads and secrets beside the table, and which of them nothing refers to.
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

/** What the secret of a hook is noted as. */
const secretKey = (hook: string, secret: string): string => `hook-secret/${hook}/${secret}`;

/** Which of its hook's secrets a note is of. */
export const notedSecret = ({ owner, id }: Upload): { readonly hook: string; readonly id: string } => ({
  hook: owner.id,
  id: id.slice(secretKey(owner.id, "").length),
});

/** Notes that a hook's secret is about to be put in its place, or to be used no more; refused while it is taken away. */
export const notingSecret = (hook: string, secret: string, now: EpochMs): ChangeTo<"upload"> => ({
  ...uploading(secretKey(hook, secret), { of: "hook", id: hook }, now),
  guards: [{ kind: "unset", field: "isGoing" }],
});

/** Keeps a secret from being used again, until it is known whether it is to be taken away. */
export const takingAway = ({ id, dueAt }: Upload): ChangeTo<"upload"> => ({
  of: "upload",
  id,
  guards: [{ kind: "is", field: "dueAt", value: dueAt }],
  change: { kind: "update", set: { isGoing: true } },
});

/** Forgets the note: what it is of is referred to, or gone. */
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

/** Whether a hook may verify by the secret that a note is of. */
export const usesSecret = (hook: Things["hook"] | undefined, { id }: Upload): boolean =>
  hook?.secrets.some((secret) => secretKey(hook.id, secret.id) === id) ?? false;

const payloadsOf = (owner: Things["promise" | "schedule"]): Value[] =>
  "promiseParam" in owner ? [owner.promiseParam] : [owner.param, owner.value];
