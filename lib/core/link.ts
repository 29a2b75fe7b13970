/**
 * Links by which people decide: what each allows, what it shows, and what has become of it. Never the token itself.
 *
 * @module
 */

import type { ChangeTo } from "./change.ts";
import { isAbsent } from "./guard.ts";
import { illFormed, limits, refuse, tooLong, utf8Length, violation } from "./limits.ts";
import type { EpochMs, Value, Verdict } from "./promise.ts";
import { type Person, type SignInTerms, signInViolations } from "./sign-in.ts";
import { after } from "./task.ts";

/** What a person may make of a promise, and the verdict that it is. */
export const verdicts = {
  resolve: "resolved",
  reject: "rejected",
  cancel: "rejected_canceled",
} as const satisfies Record<string, Verdict>;

export type LinkOutcome = keyof typeof verdicts;

/** How a decision becomes the promise's value: as JSON, or as the SDKs write theirs, JSON in base64. */
export type LinkEncoding = "json" | "sdk";

/** What a person has decided by a link, and from where. */
export interface Decision {
  readonly outcome: LinkOutcome;
  readonly decidedAt: EpochMs;
  readonly comment?: string;
  readonly userAgent?: string;
  readonly ip?: string;
  /** Who has signed in to decide, where the link asks for it. */
  readonly by?: Person;
}

/** What a link is made with. */
export interface LinkTerms {
  readonly promiseId: string;
  readonly outcomes: readonly LinkOutcome[];
  /** What becomes the promise's value whatever is decided; absent: the decision does. */
  readonly value?: Value;
  readonly encoding: LinkEncoding;
  /** What it is about, who asks, and what is asked: all that the page shows. */
  readonly label?: string;
  readonly from?: string;
  readonly question?: string;
  /** Absent, or later than the promise's deadline: that. */
  readonly expiresAt?: EpochMs;
  /** Who may decide, once they have signed in; absent: whoever has the link. */
  readonly signIn?: SignInTerms;
}

/** A link as it is kept. In: the id of its promise. Its own id counts the promise's links, so that none is counted twice. */
export interface Link extends LinkTerms {
  readonly id: string;
  /** SHA-256 of the token in hexadecimal. */
  readonly hash: string;
  readonly expiresAt: EpochMs;
  readonly createdAt: EpochMs;
  readonly createToken: string;
  readonly revokedAt?: EpochMs;
  /** Written in one transaction with the promise's end: it is there exactly when this link has decided it. */
  readonly decision?: Decision;
  /** It is of no more interest then, and the store takes it out some time; absent: it is kept. */
  readonly keptUntil?: EpochMs;
}

export const linkLimits = {
  /** Links of a promise that are neither revoked nor expired. */
  liveLinksMax: 20,
  /** Links of a promise that are kept, those that are over included. */
  linksMax: 64,
  labelBytesMax: 200,
  questionBytesMax: 2_000,
  commentBytesMax: 2_000,
  /** Bytes of a fixed value as it stands in JSON. */
  valueBytesMax: 4_096,
  /** Requests for one link in a minute: decisions in all of the service, all others in each process. */
  requestsPerMinuteMax: 60,
} as const;

/** @throws Fault `invalid` where a link cannot be made on these terms; `tooLarge` where its value is. */
export function checkLink(terms: LinkTerms, now: EpochMs): void {
  const { outcomes, value, label, from, question, expiresAt, signIn } = terms;
  const { labelBytesMax, questionBytesMax, valueBytesMax } = linkLimits;
  const text = (field: string, given: string | undefined, bytesMax: number) =>
    given === undefined ? [] : [...illFormed(field, given), ...tooLong(field, given, bytesMax)];
  const valueText = JSON.stringify(value ?? {});
  refuse("invalid", [
    ...(outcomes.length === 0 || new Set(outcomes).size < outcomes.length
      ? [violation("outcomes", "must be some of resolve, reject and cancel, each once")]
      : []),
    ...text("label", label, labelBytesMax),
    ...text("from", from, labelBytesMax),
    ...text("question", question, questionBytesMax),
    ...text("value.data", value?.data, limits.payloadBytesMax),
    ...(signIn === undefined ? [] : signInViolations(signIn)),
    ...(expiresAt !== undefined && expiresAt <= now ? [violation("expiresOn", "must be later than now")] : []),
  ]);
  refuse(
    "tooLarge",
    utf8Length(valueText) > valueBytesMax ? [violation("value", `must be at most ${valueBytesMax} bytes of JSON`)] : [],
  );
}

/** @throws Fault `invalid` where a comment cannot be kept. */
export function checkComment(comment: string): void {
  refuse("invalid", [...illFormed("comment", comment), ...tooLong("comment", comment, linkLimits.commentBytesMax)]);
}

const keyOf = ({ promiseId, id }: Pick<Link, "promiseId" | "id">) => ({ of: "link", in: promiseId, id }) as const;

/** Which of the promise's links it is. The first of them may be gone. */
const numberOf = ({ id }: Pick<Link, "id">): number => Number(id);

export const inOrder = (links: readonly Link[]): readonly Link[] => links.toSorted((a, b) => numberOf(a) - numberOf(b));

/** The id of a link behind these. */
export const nextLinkId = (links: readonly Link[]): string =>
  String(1 + Math.max(0, ...links.map(numberOf))).padStart(4, "0");

/** Until when a link is kept that ends at a moment. */
export const keptAfter = (end: EpochMs, retentionMs: number | undefined): Pick<Link, "keptUntil"> =>
  retentionMs === undefined ? {} : { keptUntil: after(end, retentionMs) };

/** Puts a link behind those that were seen; refused where another has come meanwhile. */
export const addLink = (link: Link): ChangeTo<"link"> => ({
  ...keyOf(link),
  guards: [isAbsent],
  change: { kind: "put", image: link },
  signedIn: "createToken",
});

/** A link that has decided stays as it is, and one that is revoked says since when. */
export const revokeLink = (
  link: Pick<Link, "promiseId" | "id">,
  now: EpochMs,
  retentionMs: number | undefined,
): ChangeTo<"link"> => ({
  ...keyOf(link),
  guards: [
    { kind: "present", field: "hash" },
    { kind: "unset", field: "revokedAt" },
    { kind: "unset", field: "decision" },
  ],
  change: { kind: "update", set: { revokedAt: now, ...keptAfter(now, retentionMs) } },
});

/** Notes what was decided by a link, as long as it is in force. */
export const noteDecision = (link: Link, decision: Decision, retentionMs: number | undefined): ChangeTo<"link"> => ({
  ...keyOf(link),
  guards: [
    { kind: "is", field: "hash", value: link.hash },
    { kind: "unset", field: "revokedAt" },
    { kind: "unset", field: "decision" },
    { kind: "after", field: "expiresAt", moment: decision.decidedAt },
  ],
  change: { kind: "update", set: { decision, ...keptAfter(decision.decidedAt, retentionMs) } },
});

/** Has the store take out a link whose promise expires. */
export const expiringLink = (link: Link, now: EpochMs): ChangeTo<"link"> => ({
  ...keyOf(link),
  guards: [{ kind: "is", field: "hash", value: link.hash }],
  change: { kind: "update", set: { keptUntil: now } },
});

export const isLive = ({ revokedAt, expiresAt }: Link, now: EpochMs): boolean =>
  revokedAt === undefined && now < expiresAt;
