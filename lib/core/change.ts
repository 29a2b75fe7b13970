/**
 * A guarded change: the one kind of write there is. A verb states it once; each store runs it, as plain objects
 * (here) or as one conditional write of its database.
 *
 * @module
 */

import { type Guard, holds } from "./guard.ts";
import type { PromiseImage } from "./promise.ts";

/** What a promise's life may still change after its birth. */
export type Settlement = Pick<PromiseImage, "state" | "settledAt"> &
  Partial<Pick<PromiseImage, "value" | "idempotencyKeyForComplete" | "settleToken" | "trace">>;

export type Change =
  /** Writes the whole promise. */
  | { readonly kind: "put"; readonly image: PromiseImage }
  /** Sets some fields, and removes others. */
  | { readonly kind: "update"; readonly set: Settlement; readonly unset: readonly "dueAt"[] };

export interface GuardedChange {
  readonly id: string;
  /** All must hold, or nothing is written. */
  readonly guards: readonly Guard[];
  readonly change: Change;
  /**
   * The field by which a request knows its own write again: nothing ever overwrites it. A write that took effect and
   * lost its answer is repeated by the database's client and then refused, by an image that bears its own token.
   */
  readonly signedIn?: "createToken" | "settleToken";
}

/** What came of a guarded change: the image that it made, or the one that refused it. */
export type Outcome =
  | { readonly won: true; readonly image: PromiseImage }
  | { readonly won: false; readonly image: PromiseImage | undefined };

/** Whether the change may happen to what is stored. */
export const permits = ({ guards }: GuardedChange, stored: PromiseImage | undefined): boolean =>
  guards.every((guard) => holds(guard, stored));

/** Runs a guarded change over plain objects. Pure: the caller stores the image, if what was stored permits it. */
export const run = (write: GuardedChange, stored: PromiseImage | undefined): Outcome =>
  permits(write, stored) ? { won: true, image: apply(write.change, stored) } : refused(write, stored);

/**
 * The outcome of a write whose guards did not hold of `image`: lost, unless it is one's own write that refuses itself.
 * What a create made is then known from the create alone, whatever has become of it since.
 */
export function refused(write: GuardedChange, image: PromiseImage | undefined): Outcome {
  const own = signature(write);
  return image !== undefined && own !== undefined && image[own.field] === own.token
    ? { won: true, image: write.change.kind === "put" ? write.change.image : image }
    : { won: false, image };
}

function signature({
  signedIn: field,
  change,
}: GuardedChange): { field: "createToken" | "settleToken"; token: string } | undefined {
  if (field === undefined) {
    return undefined;
  }
  const written: Partial<PromiseImage> = change.kind === "put" ? change.image : change.set;
  const token = written[field];
  return token === undefined ? undefined : { field, token };
}

function apply(change: Change, stored: PromiseImage | undefined): PromiseImage {
  switch (change.kind) {
    case "put":
      return change.image;
    case "update": {
      if (stored === undefined) {
        throw new Error("an update needs a guard that asks for the promise");
      }
      const image = { ...stored, ...change.set };
      for (const field of change.unset) {
        delete image[field];
      }
      return image;
    }
  }
}
