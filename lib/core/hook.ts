/**
 * Hooks, by which other companies' systems complete promises: what each may do, and what has come in by it. Never a secret:
 * what is kept here tells them apart.
 *
 * @module
 */

import type { ChangeTo } from "./change.ts";
import type { Violation } from "./fault.ts";
import { type Guard, isAbsent } from "./guard.ts";
import { illFormed, limits, refuse, tooLong, utf8Length, violation } from "./limits.ts";
import type { EpochMs } from "./promise.ts";

const day = 24 * 3_600_000;

export const nameLengthMax = 64;

export const hookLimits = {
  /** Hooks of a service. They are counted by an index: several that are made at once may come to a few more. */
  hooksMax: 100,
  nameLengthMax,
  /** UTF-8 bytes, in JSON, of what a hook is made with. */
  definitionBytesMax: 32 * 1_024,
  /** Secrets of a hook that are in force at once. */
  secretsMax: 5,
  /** Secrets that have run out of which it is known that they have; what the oldest have verified is not used past so many. */
  lapsedSecretsMax: 50,
  secretBytesMin: 16,
  secretBytesMax: 1_024,
  /** For how long an old secret may stay good beside a new one. */
  overlapMsMax: 30 * day,
  /** Bytes of a request's body, unless the hook says otherwise, and at most. */
  bodyBytesDefault: 256 * 1_024,
  bodyBytesMax: 2_500_000,
  /** Verified events of a hook in a minute. */
  eventsPerMinuteDefault: 6_000,
  eventsPerMinuteMax: 60_000,
  /** For how long an event waits for its promise. */
  keepMsDefault: day,
  keepMsMax: 7 * day,
  /** Events of a hook that wait: so many rooms, with so many places each. */
  roomsMax: 20,
  keptInRoomMax: 50,
  /** UTF-8 bytes, in JSON, of the value that a waiting event brings. */
  keptValueBytesMax: 128 * 1_024,
  /** Entries of a hook's log: what was verified; what was not, of each reason, and of all the reasons that there may be. */
  loggedMax: 200,
  refusalsOfReasonMax: 5,
  refusalsLoggedMax: 100,
  /** For how long entries are shown. */
  logMs: 7 * day,
  /** What cannot be verified, or is too much, is written down so often at most, by each process and of each reason; those between are counted. */
  countedEveryMs: 10_000,
} as const;

/** What tells a secret from others, and until when it is good; absent: for good. */
export interface HookSecret {
  readonly id: string;
  readonly createdAt: EpochMs;
  readonly endsAt?: EpochMs;
}

/** What a hook's owner chooses beside its definition. */
export interface HookChoices {
  readonly bodyBytesMax: number;
  readonly eventsPerMinuteMax: number;
  /** For how long an event waits for its promise; 0: not at all. */
  readonly keepMs: number;
}

export interface HookRecord extends HookChoices {
  /** The name at the end of its URL. */
  readonly id: string;
  /** What every id begins with that it may settle. */
  readonly prefix: string;
  /** How requests are verified, and what they mean. The core does not look into it. */
  readonly definition: object;
  readonly secrets: readonly HookSecret[];
  /**
   * Secrets that have run out since another took their place: what they have verified may still wait for its promise. One that
   * its owner has ended is in neither list.
   */
  readonly lapsed?: readonly HookSecret[];
  /** Ids of secrets that are not used any more, and still to be taken out of where they are kept. */
  readonly retired: readonly string[];
  /** Counts its changes. */
  readonly version: number;
  readonly createdAt: EpochMs;
  readonly changedAt: EpochMs;
  readonly changeToken: string;
}

export type HookOutcome =
  /** It has completed its promise. */
  | "settled"
  /** It came again: its promise was completed by it before. */
  | "duplicate"
  /** Its promise was completed before, by something else. */
  | "late"
  /** It waits for its promise. */
  | "kept"
  /** It waited, and there was no promise in time; or its hook was gone, or the secret that had verified it ended. */
  | "expired"
  /** The hook's rules pass over it. */
  | "ignored"
  /** It says too little, or asks for what the hook may not do. */
  | "unusable"
  /** There was no place left for it to wait, or too many came: its sender is to send it again. */
  | "deferred"
  /** It could not be verified. */
  | "refused";

/** What has become of a request. In: the hook's name. */
export interface HookEntry {
  /** Its place in the log: the next one there takes it. */
  readonly id: string;
  readonly at: EpochMs;
  readonly outcome: HookOutcome;
  readonly reason?: string;
  readonly eventId?: string;
  readonly type?: string;
  readonly promiseId?: string;
  /** How many such requests it stands for; absent: one. */
  readonly count?: number;
  /** Names of the request's headers, where it could not be verified. */
  readonly headers?: readonly string[];
}

/** Letters that stand in a URL as they are, and in no path as a direction. */
const nameForm = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;

export const isName = (name: string): boolean => name.length <= nameLengthMax && nameForm.test(name);

export const misnamed = (field: string, name: string): readonly Violation[] =>
  isName(name)
    ? []
    : [
        violation(
          field,
          `must be a name of at most ${nameLengthMax} small letters, digits, dots, dashes and underscores, a letter or digit first and last`,
        ),
      ];

/** @throws Fault `invalid` where there can be no such hook. */
export function checkHook({
  id,
  prefix,
  definition,
  bodyBytesMax,
  eventsPerMinuteMax,
  keepMs,
}: Pick<HookRecord, "id" | "prefix" | "definition" | keyof HookChoices>): void {
  const { definitionBytesMax } = hookLimits;
  const within = (field: string, value: number, min: number, max: number, unit: string) =>
    Number.isInteger(value) && value >= min && value <= max
      ? []
      : [violation(field, `must be a whole number of ${unit} from ${min} to ${max}`)];
  refuse("invalid", [
    ...misnamed("hook", id),
    ...illFormed("prefix", prefix),
    ...tooLong("prefix", prefix, limits.idBytesMax),
    ...(utf8Length(JSON.stringify(definition)) > definitionBytesMax
      ? [violation("body", `must be at most ${definitionBytesMax} bytes of JSON`)]
      : []),
    ...within("bodyBytesMax", bodyBytesMax, 1, hookLimits.bodyBytesMax, "bytes"),
    ...within("eventsPerMinuteMax", eventsPerMinuteMax, 1, hookLimits.eventsPerMinuteMax, "events"),
    ...within("keepMs", keepMs, 0, hookLimits.keepMsMax, "milliseconds"),
  ]);
}

/** @throws Fault `invalid` where a secret is none that a provider would sign with. */
export function checkSecret(field: string, secret: string): void {
  const { secretBytesMin, secretBytesMax } = hookLimits;
  const bytes = utf8Length(secret);
  refuse("invalid", [
    ...illFormed(field, secret),
    ...(bytes < secretBytesMin || bytes > secretBytesMax
      ? [violation(field, `must be ${secretBytesMin} to ${secretBytesMax} bytes of UTF-8`)]
      : []),
  ]);
}

export const isSecretLive = ({ endsAt }: HookSecret, now: EpochMs): boolean => endsAt === undefined || now < endsAt;

/** Whether what a secret has verified may still be used: it is in force, or has run out by itself. */
export const isTrusted = ({ secrets, lapsed = [] }: HookRecord, id: string): boolean =>
  secrets.some((secret) => secret.id === id) || lapsed.some((secret) => secret.id === id);

/** Writes the hook over the one that was seen, or where none was: refused if another has been quicker. */
export const putHook = (hook: HookRecord, seen: HookRecord | undefined): ChangeTo<"hook"> => ({
  of: "hook",
  id: hook.id,
  guards: seen === undefined ? [isAbsent] : isAsSeen(seen),
  change: { kind: "put", image: hook },
  signedIn: "changeToken",
});

export const removeHook = (seen: HookRecord): ChangeTo<"hook"> => ({
  of: "hook",
  id: seen.id,
  guards: isAsSeen(seen),
  change: { kind: "delete" },
});

/** A version counts from one again when a hook is made anew. */
const isAsSeen = ({ version, createdAt }: HookRecord): Guard<HookRecord>[] => [
  { kind: "is", field: "version", value: version },
  { kind: "is", field: "createdAt", value: createdAt },
];

/** Takes the place of whatever was there. */
export const logEntry = (hook: string, entry: HookEntry): ChangeTo<"hookEvent"> => ({
  of: "hookEvent",
  in: hook,
  id: entry.id,
  guards: [],
  change: { kind: "put", image: entry },
});

/** Takes out what belonged to a hook. */
export const clearOut = (of: "room" | "hookEvent", hook: string, id: string): ChangeTo<"room" | "hookEvent"> =>
  ({ of, in: hook, id, guards: [], change: { kind: "delete" } }) as ChangeTo<"room" | "hookEvent">;
