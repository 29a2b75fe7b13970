/**
 * What may happen in a simulation, and how to ask a door for it.
 *
 * @module
 */

import fc from "fast-check";
import type { Door, Reply } from "../support/door.ts";
import type { CompleteStep, CreateStep, ReadStep, SearchStep } from "./model.ts";

/** Moves the clock; a little back, too, as between two servers whose clocks differ. */
export interface WaitStep {
  readonly kind: "wait";
  readonly ms: number;
}

export interface SweepStep {
  readonly kind: "sweep";
}

export type Step = CreateStep | CompleteStep | ReadStep | SearchStep | WaitStep | SweepStep;

/** When a simulation begins. */
export const beginning = 1_000_000;

/** Few ids, so that steps meet: of one lineage, of two letter cases, of two code points that UTF-16 sorts differently. */
export const everyId = ["a", "a/b", "a:1", "A", "z\u{ff5e}", "z\u{1f600}"] as const;

const keys = fc.constantFrom(undefined, "k1", "k2");
const strict = fc.constantFrom(undefined, false, true);
const payloads = fc.constantFrom(undefined, {}, { data: "x" }, { headers: { h: "1" }, data: "" });

/** Around the moments that the clock will show, ties included. */
const timeouts = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -2, max: 12 }).map((steps) => beginning + steps * 500) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2 ** 53, 2 ** 63) },
);

const someTags = fc.constantFrom(
  undefined,
  {},
  { team: "a" },
  { team: "b", "resonate:timeout": "true" },
  { "resonate:timer": "true" },
  { "resonate:timeout": "TRUE" },
  { team: "a", "resonate:scope": "local" },
);

const id = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "a/b") },
  { weight: 2, arbitrary: fc.constantFrom(...everyId) },
);

const create: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("create" as const),
  id,
  timeout: timeouts,
  param: payloads,
  tags: someTags,
  key: keys,
  strict,
});

const complete: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("complete" as const),
  id,
  state: fc.constantFrom("RESOLVED", "REJECTED", "REJECTED_CANCELED"),
  value: payloads,
  key: keys,
  strict,
});

const search: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("search" as const),
  pattern: fc.constantFrom("*", "a*", "a", "a:1", "*b", "a*b*", "*a*", "z*", "_", "%", "a**", "*:*", "z\u{1f600}*"),
  state: fc.constantFrom(undefined, "pending", "resolved", "rejected"),
  tags: fc.constantFrom({}, { team: "a" }, { team: "b", "resonate:timeout": "true" }),
  limit: fc.constantFrom(0, 1, 2, 3, 100),
});

const wait: fc.Arbitrary<Step> = fc
  .constantFrom(500, 500, 499, 1, 1_000, 2_500, -1, -200, -500)
  .map((ms) => ({ kind: "wait", ms }));

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: create },
  { weight: 6, arbitrary: complete },
  { weight: 3, arbitrary: id.map((id): Step => ({ kind: "read", id })) },
  { weight: 2, arbitrary: search },
  { weight: 4, arbitrary: wait },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "sweep" }) },
);

/** Everything is born at one moment: only the ids tell in which order. */
const crowd = everyId.map(
  (id): Step => ({
    kind: "create",
    id,
    timeout: beginning + 2_000,
    param: undefined,
    tags: {},
    key: "k1",
    strict: false,
  }),
);

/** What happens in one simulation. */
export const sequences: fc.Arbitrary<Step[]> = fc
  .tuple(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 30, size: "max" }))
  .map(([isCrowded, steps]) => [...(isCrowded ? crowd : []), ...steps]);

/** Asks the door for a step that concerns one promise. */
export function ask(door: Door, step: CreateStep | CompleteStep | ReadStep): Promise<Reply> {
  const path = `/promises/${encodeURIComponent(step.id)}`;
  switch (step.kind) {
    case "create": {
      const { id, timeout, param, tags } = step;
      return door.ask("POST", "/promises", { id, timeout, param, tags }, headers(step));
    }
    case "complete":
      return door.ask("PATCH", path, { state: step.state, value: step.value }, headers(step));
    case "read":
      return door.ask("GET", path);
  }
}

const headers = ({ key, strict }: { key: string | undefined; strict: boolean | undefined }) => ({
  ...(key !== undefined && { "idempotency-key": key }),
  ...(strict !== undefined && { strict: String(strict) }),
});

/** The path that a search begins with. */
export function searchPath({ pattern, state, tags, limit }: SearchStep): string {
  const query = new URLSearchParams({ id: pattern });
  if (state !== undefined) {
    query.set("state", state);
  }
  for (const [name, text] of Object.entries(tags)) {
    query.set(`tags[${name}]`, text);
  }
  if (limit > 0) {
    query.set("limit", String(limit));
  }
  return `/promises?${query}`;
}

export const cursorPath = (cursor: string): string => `/promises?${new URLSearchParams({ cursor })}`;
