/**
 * A store that keeps large payloads elsewhere: a write puts each under a key of its own first, and only a reference into
 * the thing that it belongs to. A payload belongs to one thing: it can go when that goes.
 *
 * @module
 */

import { hash } from "node:crypto";
import {
  type AnyChange,
  type Change,
  type ChangeTo,
  type EpochMs,
  Fault,
  type Kind,
  type Outcome,
  type Things,
  targetOf,
  type Upload,
  uploading,
  utf8Length,
  type Value,
} from "#lib/core/index.ts";
import type { Bodies } from "#lib/ports/bodies.ts";
import type { Cost, Store } from "#lib/ports/store.ts";

/** Bytes up to which a payload stays in the table, as it stands in JSON. */
export interface Thresholds {
  readonly plain: number;
  /** Of a promise with a task, which is written again at every step that its task makes. */
  readonly withTask: number;
}

/** By cost, and by what another round trip takes (`docs/decisions/0015-large-payloads.md`). */
export const defaultThresholds: Thresholds = { plain: 32 * 1_024, withTask: 8 * 1_024 };

/** Bytes that fit into an item beside everything else that it may hold, where there is no elsewhere. */
export const inPlaceBytesMax = 160 * 1_024;

export interface BodiesOptions {
  /** Absent: payloads past what an item holds are refused. */
  readonly bodies?: Bodies;
  readonly thresholds?: Thresholds;
  readonly now: () => EpochMs;
  /** A key that no other payload has. */
  readonly newKey: () => string;
}

type Owner = Upload["owner"];
type Payloads = Partial<Record<"param" | "value" | "promiseParam", Value>>;

const payloadFields = ["param", "value", "promiseParam"] as const;

export function withBodies(store: Store, options: BodiesOptions): Store {
  const { bodies } = options;
  const spill = spilling(store, options);

  return {
    ...store,

    async attempt<Of extends Kind>(write: ChangeTo<Of>, cost: Cost): Promise<Outcome<Things[Of]>> {
      const spilled = await spill(write as unknown as AnyChange, cost);
      const outcome = await store.attempt(spilled.write as unknown as ChangeTo<Of>, cost);
      if (outcome.won && write.change.kind === "delete") {
        await forget(outcome.image, cost);
      }
      return outcome.won ? { won: true, image: withPayloads(outcome.image, spilled.payloads) } : outcome;
    },

    async transact(writes, cost) {
      const all: Spilled[] = [];
      for (const write of writes) {
        all.push(await spill(write, cost));
      }
      const outcome = await store.transact(
        all.map(({ write }) => write),
        cost,
      );
      return outcome.won
        ? {
            won: true,
            images: outcome.images.map((image, at) => image && withPayloads(image, all[at]?.payloads)),
          }
        : outcome;
    },

    async whole(thing, cost) {
      const kept: Payloads = {};
      for (const [field, { elsewhere }] of payloadsOf(thing)) {
        if (elsewhere !== undefined) {
          kept[field] = JSON.parse(await textOf(bodies, elsewhere.key, cost)) as Value;
        }
      }
      return Object.keys(kept).length === 0 ? thing : { ...thing, ...kept };
    },
  };

  /** What was deleted refers to nothing any more. Its upload is looked after by nobody. */
  async function forget(gone: Things[Kind], cost: Cost): Promise<void> {
    const keys = payloadsOf(gone).flatMap(([, { elsewhere }]) => elsewhere?.key ?? []);
    await Promise.all(keys.map((key) => bodies?.delete(key, cost)));
  }
}

function textOf(bodies: Bodies | undefined, key: string, cost: Cost): Promise<string> {
  if (bodies === undefined) {
    throw new Fault("storeFailed", {}, { cause: new Error("a payload is kept elsewhere, and nobody knows where") });
  }
  return bodies.get(key, cost);
}

/** A write as the table takes it, and the payloads that it has no room for. */
interface Spilled {
  readonly write: AnyChange;
  readonly payloads: Payloads;
}

function spilling(store: Store, { bodies, thresholds = defaultThresholds, now, newKey }: BodiesOptions) {
  /** Where a payload went that is written again: a verb that is refused may be tried anew, with the same one. */
  const placed = new WeakMap<Value, { readonly owner: string; readonly reference: Value }>();

  async function place(value: Value, owner: Owner, field: string, bytesMax: number, cost: Cost): Promise<Value> {
    const name = JSON.stringify(owner);
    const before = placed.get(value);
    if (before?.owner === name) {
      return before.reference;
    }
    // A schedule's goes to each promise that it makes: theirs are copies.
    const copied = value.elsewhere;
    if (copied?.key.startsWith(frontOf(name))) {
      return value;
    }
    const text = copied === undefined ? JSON.stringify(value) : await textOf(bodies, copied.key, cost);
    const bytes = copied?.bytes ?? utf8Length(text);
    if (bodies === undefined) {
      refuseLarge(field, bytes);
    }
    if (bodies === undefined || bytes <= bytesMax) {
      return value;
    }
    const key = frontOf(name) + newKey();
    // The note first: should this process end here, somebody will still know of the payload.
    await store.attempt(uploading(key, owner, now()), cost);
    await bodies.put(key, text, cost);
    const reference: Value = { elsewhere: { key, bytes } };
    placed.set(value, { owner: name, reference });
    return reference;
  }

  return async (write: AnyChange, cost: Cost): Promise<Spilled> => {
    const written = writtenBy(write);
    if (written === undefined || (write.of !== "promise" && write.of !== "schedule")) {
      return { write, payloads: {} };
    }
    const owner: Owner = { of: write.of, id: write.id };
    const bytesMax = hasTask(written) ? thresholds.withTask : thresholds.plain;
    const references: Payloads = {};
    const payloads: Payloads = {};
    for (const [field, value] of payloadsOf(written)) {
      const reference = isSurelySmall(value, bytesMax) ? value : await place(value, owner, field, bytesMax, cost);
      if (reference !== value) {
        references[field] = reference;
        payloads[field] = value;
      }
    }
    return { write: Object.keys(references).length === 0 ? write : replaced(write, references), payloads };
  };
}

/** The fields that a write puts into its thing, if any. */
function writtenBy({ change }: AnyChange): object | undefined {
  switch (change.kind) {
    case "put":
      return change.image;
    case "update":
      return change.set;
    case "delete":
    case "check":
      return undefined;
  }
}

function replaced(write: AnyChange, references: Payloads): AnyChange {
  const change = write.change as Change<Things["promise"]>;
  const changed =
    change.kind === "put"
      ? { ...change, image: { ...change.image, ...references } }
      : { ...change, set: { ...(change as { set?: object }).set, ...references } };
  return { ...write, change: changed } as AnyChange;
}

const withPayloads = <Thing extends object>(thing: Thing, payloads: Payloads = {}): Thing =>
  Object.keys(payloads).length === 0 ? thing : { ...thing, ...payloads };

const payloadsOf = (thing: object): (readonly [keyof Payloads, Value])[] =>
  payloadFields.flatMap((field) => {
    const value = (thing as Payloads)[field];
    return value === undefined ? [] : [[field, value] as const];
  });

const hasTask = (thing: object): boolean =>
  "tags" in thing && targetOf(thing.tags as Things["promise"]["tags"]) !== undefined;

/** What all keys of a thing's payloads begin with. */
const frontOf = (owner: string): string => `${hash("sha256", owner).slice(0, 32)}/`;

/** Bytes that a character comes to in JSON at most, and what stands around it. */
const charBytesMax = 6;
const aroundBytes = 64;

/** Most payloads are so small that nobody need write them out to know it. */
function isSurelySmall({ data = "", headers, elsewhere }: Value, bytesMax: number): boolean {
  const entries = headers === undefined ? [] : Object.entries(headers).flat();
  const characters = entries.reduce((sum, text) => sum + text.length, data.length);
  return elsewhere === undefined && (characters + entries.length) * charBytesMax + aroundBytes <= bytesMax;
}

function refuseLarge(field: string, bytes: number): void {
  if (bytes > inPlaceBytesMax) {
    const message = `${field} must be at most ${inPlaceBytesMax} bytes of JSON: this service keeps no larger ones`;
    throw new Fault("tooLarge", { violations: [{ field, message }] });
  }
}
