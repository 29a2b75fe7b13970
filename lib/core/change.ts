/**
 * A guarded change: the one kind of write there is. A verb states it once; each store runs it, as plain objects
 * (here) or as one conditional write of its database. Several of them can be one transaction.
 *
 * @module
 */

import { type Guard, holds } from "./guard.ts";
import type { PromiseImage } from "./promise.ts";
import type { Key, Kind, Things } from "./things.ts";

/** The fields that may change after a promise's birth. */
type Mutable<Thing> = Thing extends PromiseImage
  ? Omit<PromiseImage, "id" | "param" | "tags" | "timeoutAt" | "createdAt" | "createToken" | "idempotencyKeyForCreate">
  : Thing;

/** Sets some fields, removes others, counts one up, and adds members to sets or takes them out. */
export interface Update<Thing> {
  readonly kind: "update";
  readonly set?: Partial<Mutable<Thing>>;
  readonly unset?: readonly (keyof Mutable<Thing> & string)[];
  /** A number to count up by one; absent counts as zero. */
  readonly increment?: keyof Mutable<Thing> & string;
  readonly include?: SetChange;
  readonly exclude?: SetChange;
}

type SetChange = { readonly [Field in "callbacks" | "listeners" | "outcomes" | "events"]?: readonly string[] };

export type Change<Thing = PromiseImage> =
  /** Writes the whole thing. */
  | { readonly kind: "put"; readonly image: Thing }
  | Update<Thing>
  | { readonly kind: "delete" }
  /** Changes nothing: a transaction's other changes depend on the guards. */
  | { readonly kind: "check" };

export interface ChangeTo<Of extends Kind> extends Key<Of> {
  /** All must hold, or nothing is written. */
  readonly guards: readonly Guard<Things[Of]>[];
  readonly change: Change<Things[Of]>;
  /**
   * The field by which a request knows its own write again. A write that took effect and lost its answer is repeated
   * by the database's client and then refused, by an image that bears its own token.
   */
  readonly signedIn?: (keyof Things[Of] & `${string}Token`) & string;
}

/** A guarded change to a promise. */
export type GuardedChange = ChangeTo<"promise">;

/** A guarded change to anything. */
export type AnyChange = { [Of in Kind]: ChangeTo<Of> }[Kind];

/** What came of a guarded change: the image that it made, or the one that refused it. */
export type Outcome<Thing = PromiseImage> =
  | { readonly won: true; readonly image: Thing }
  | { readonly won: false; readonly image: Thing | undefined };

/** Whether the change may happen to what is stored. */
export const permits = <Of extends Kind>({ guards }: ChangeTo<Of>, stored: Things[Of] | undefined): boolean =>
  guards.every((guard) => holds(guard, stored));

/**
 * Runs a guarded change over plain objects. Pure: the caller stores the image, if what was stored permits it. Of a
 * deletion and a check, the image is what was there: nothing, where that was asked for.
 */
export const run = <Of extends Kind>(write: ChangeTo<Of>, stored: Things[Of] | undefined): Outcome<Things[Of]> =>
  permits(write, stored) ? { won: true, image: apply(write.change, stored) as Things[Of] } : refused(write, stored);

/**
 * The outcome of a write whose guards did not hold of `image`: lost, unless it is one's own write that refuses itself.
 * What a create made is then known from the create alone, whatever has become of it since.
 */
export function refused<Of extends Kind>(
  { signedIn, change }: ChangeTo<Of>,
  image: Things[Of] | undefined,
): Outcome<Things[Of]> {
  const token = signedIn === undefined ? undefined : written(change)[signedIn];
  return image !== undefined && signedIn !== undefined && token !== undefined && image[signedIn] === token
    ? { won: true, image: change.kind === "put" ? change.image : image }
    : { won: false, image };
}

/** The fields that a change writes. */
function written<Thing>(change: Change<Thing>): Partial<Thing> {
  switch (change.kind) {
    case "put":
      return change.image;
    case "update":
      return (change.set ?? {}) as Partial<Thing>;
    case "delete":
    case "check":
      return {};
  }
}

/** Whether the change makes a task pending, so that it is to be offered. */
export const makesPending = ({ change }: GuardedChange): boolean => written(change).taskState === "pending";

/** Whether the change brings something into being. */
export const isCreation = ({ change }: Pick<GuardedChange, "change">): boolean => change.kind === "put";

function apply<Thing>(change: Change<Thing>, stored: Thing | undefined): Thing | undefined {
  if (change.kind === "put") {
    return change.image;
  }
  if (stored === undefined && change.kind === "update") {
    throw new Error("a change of what is there needs a guard that asks for it");
  }
  return change.kind === "update" ? update(change, stored as Thing) : stored;
}

function update<Thing>({ set, unset, increment, include, exclude }: Update<Thing>, stored: Thing): Thing {
  const image = { ...stored, ...set } as Record<string, unknown>;
  const emptied = Object.entries(set ?? {}).flatMap(([field, value]) => (isEmptySet(value) ? [field] : []));
  for (const field of [...(unset ?? []), ...emptied]) {
    delete image[field];
  }
  if (increment !== undefined) {
    image[increment] = ((image[increment] as number | undefined) ?? 0) + 1;
  }
  for (const [field, members] of Object.entries(include ?? {})) {
    image[field] = [...new Set([...((image[field] as string[] | undefined) ?? []), ...members])].sort();
  }
  for (const [field, members] of Object.entries(exclude ?? {})) {
    const left = ((image[field] as string[] | undefined) ?? []).filter((member) => !members.includes(member));
    image[field] = left;
    if (isEmptySet(left)) {
      delete image[field];
    }
  }
  return image as Thing;
}

/** A set has members or is none. */
const isEmptySet = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
