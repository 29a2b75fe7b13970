/**
 * The transitions of a promise as the protocol tells them (`protocol/rest.md` 4), and every single case of them.
 *
 * @module
 */

export type Request = "create" | "resolve" | "reject" | "cancel";
export type Settled = "RESOLVED" | "REJECTED" | "REJECTED_CANCELED" | "REJECTED_TIMEDOUT";
export type Stored = "none" | "PENDING" | Settled;

/** A key that is sent or kept: none, the one that a test keeps, or another. */
export type Key = "none" | "kept" | "other";

export interface Case {
  readonly request: Request;
  readonly stored: Stored;
  /** The keys that the stored promise was created and completed with. */
  readonly createKey: Key;
  readonly completeKey: Key;
  readonly sentKey: Key;
  readonly strict: boolean;
}

const completions: readonly Request[] = ["resolve", "reject", "cancel"];
const anyCompleted: readonly Settled[] = ["RESOLVED", "REJECTED", "REJECTED_CANCELED", "REJECTED_TIMEDOUT"];

/** One rule a line, in the order of the protocol's own table. `same` stands for the stored state. */
type Line = readonly [
  requests: readonly Request[],
  stored: readonly Stored[],
  match: boolean | "any",
  strict: boolean | "any",
  status: number,
  state: Stored | "same",
  code?: number,
];

const lines: readonly Line[] = [
  [["create"], ["none"], "any", "any", 201, "PENDING"],
  [["create"], ["PENDING"], true, "any", 200, "same"],
  [["create"], anyCompleted, true, false, 200, "same"],
  [["create"], anyCompleted, true, true, 409, "same", 40900],
  [["create"], ["PENDING", ...anyCompleted], false, "any", 409, "same", 40900],
  [completions, ["none"], "any", "any", 404, "none", 40400],
  [["resolve"], ["PENDING"], "any", "any", 201, "RESOLVED"],
  [["reject"], ["PENDING"], "any", "any", 201, "REJECTED"],
  [["cancel"], ["PENDING"], "any", "any", 201, "REJECTED_CANCELED"],
  [completions, ["RESOLVED"], true, false, 200, "same"],
  [["resolve"], ["RESOLVED"], true, true, 200, "same"],
  [["reject", "cancel"], ["RESOLVED"], true, true, 403, "same", 40300],
  [completions, ["RESOLVED"], false, "any", 403, "same", 40300],
  [completions, ["REJECTED"], true, false, 200, "same"],
  [["reject"], ["REJECTED"], true, true, 200, "same"],
  [["resolve", "cancel"], ["REJECTED"], true, true, 403, "same", 40301],
  [completions, ["REJECTED"], false, "any", 403, "same", 40301],
  [completions, ["REJECTED_CANCELED"], true, false, 200, "same"],
  [["cancel"], ["REJECTED_CANCELED"], true, true, 200, "same"],
  [["resolve", "reject"], ["REJECTED_CANCELED"], true, true, 403, "same", 40302],
  [completions, ["REJECTED_CANCELED"], false, "any", 403, "same", 40302],
  [completions, ["REJECTED_TIMEDOUT"], "any", false, 200, "same"],
  [completions, ["REJECTED_TIMEDOUT"], "any", true, 403, "same", 40303],
];

/** What the table says of a case. */
export interface Expected {
  readonly status: number;
  readonly state: Stored;
  readonly code?: number;
}

/** @throws Error unless exactly one line speaks of the case. */
export function expectedOf({ request, stored, createKey, completeKey, sentKey, strict }: Case): Expected {
  const keptKey = request === "create" ? createKey : completeKey;
  const isMatch = sentKey !== "none" && sentKey === keptKey;
  const [line, ...more] = lines.filter(
    ([requests, states, match, strictly]) =>
      requests.includes(request) &&
      states.includes(stored) &&
      (match === "any" || match === isMatch) &&
      (strictly === "any" || strictly === strict),
  );
  if (line === undefined || more.length > 0) {
    throw new Error(`${more.length + (line ? 1 : 0)} lines speak of a ${request} of ${stored}`);
  }
  const [, , , , status, state, code] = line;
  return { status, state: state === "same" ? stored : state, ...(code !== undefined && { code }) };
}

/** What may be stored: no promise, or one in each state, with and without each key that it can have. */
const storedOf = (stored: Stored): readonly Pick<Case, "stored" | "createKey" | "completeKey">[] => {
  const keys = ["none", "kept"] as const;
  const createKeys = stored === "none" ? (["none"] as const) : keys;
  const completeKeys =
    stored === "RESOLVED" || stored === "REJECTED" || stored === "REJECTED_CANCELED" ? keys : (["none"] as const);
  return createKeys.flatMap((createKey) => completeKeys.map((completeKey) => ({ stored, createKey, completeKey })));
};

/** Every case, as the published table counts them: a second key is sent only where there is a first to differ from. */
export const cases: readonly Case[] = (["none", "PENDING", ...anyCompleted] as const)
  .flatMap(storedOf)
  .flatMap((kept) =>
    (["create", ...completions] as const).flatMap((request) => {
      const keptKey = request === "create" ? kept.createKey : kept.completeKey;
      const sentKeys: readonly Key[] = keptKey === "none" ? ["none", "kept"] : ["none", "kept", "other"];
      return sentKeys.flatMap((sentKey) => [false, true].map((strict) => ({ ...kept, request, sentKey, strict })));
    }),
  );
