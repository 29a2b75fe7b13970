/**
 * What was put beside the table and nothing refers to: noted before it was put there, looked after a day later.
 *
 * @module
 */

import {
  type EpochMs,
  notedSecret,
  refersTo,
  takingAway,
  type Upload,
  uploaded,
  uploading,
  usesSecret,
} from "#lib/core/index.ts";
import type { Bodies } from "#lib/ports/bodies.ts";
import type { HookSecretWriter } from "#lib/ports/hook-secrets.ts";
import type { Cost, Store } from "#lib/ports/store.ts";

export interface LeftOverOptions {
  readonly store: Store;
  readonly now: () => EpochMs;
  /** Where large payloads are; absent: nowhere. */
  readonly bodies?: Pick<Bodies, "delete">;
  /** Where the secrets of hooks are; absent: nowhere. */
  readonly hookSecrets?: Pick<HookSecretWriter, "delete">;
}

/** Takes away what nothing refers to, if it is due, and forgets that it was put there. The number of changes written. */
export async function lookAfterUpload(options: LeftOverOptions, upload: Upload, cost: Cost): Promise<number> {
  if (upload.dueAt > options.now()) {
    return 0;
  }
  const { of, id } = upload.owner;
  return of === "hook" ? lookAfterSecret(options, upload, cost) : lookAfterPayload(options, upload, { of, id }, cost);
}

async function lookAfterPayload(
  { store, bodies, now }: LeftOverOptions,
  upload: Upload,
  owner: { readonly of: "promise" | "schedule"; readonly id: string },
  cost: Cost,
): Promise<number> {
  if (bodies === undefined) {
    return 0;
  }
  const { id } = upload;
  const found = await store.find(owner, cost);
  if (refersTo(found, id)) {
    const isExpiring = found !== undefined && "expiresAt" in found;
    return (await store.attempt(isExpiring ? uploading(id, owner, now()) : uploaded(upload), cost)).won ? 1 : 0;
  }
  await bodies.delete(id, cost);
  return (await store.attempt(uploaded(upload), cost)).won ? 1 : 0;
}

async function lookAfterSecret({ store, hookSecrets }: LeftOverOptions, upload: Upload, cost: Cost): Promise<number> {
  // Whoever would give a hook this secret again from now on is told to wait.
  if (hookSecrets === undefined || !(await store.attempt(takingAway(upload), cost)).won) {
    return 0;
  }
  const { hook, id } = notedSecret(upload);
  if (!usesSecret(await store.find({ of: "hook", id: hook }, cost), upload)) {
    await hookSecrets.delete({ hook, id }, cost);
  }
  return (await store.attempt(uploaded(upload), cost)).won ? 1 : 0;
}
