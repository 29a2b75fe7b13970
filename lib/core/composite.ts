/**
 * Composites: promises that the service settles from what becomes of others. Each member tells the composite of its end,
 * in the transaction that takes the composite from those who wait for it; so what a composite has heard is all that it
 * needs to know, and it never looks at a member again.
 *
 * @module
 */

import type { AnyChange, ChangeTo, GuardedChange } from "./change.ts";
import { type CompositeRule, compositeLimits, ruleOf } from "./composite-rule.ts";
import { type Create, creation, newborn } from "./create.ts";
import { enlist, waiterId, waiterPut } from "./enlist.ts";
import { type Guard, isAliveAt, isPending } from "./guard.ts";
import { limits, utf8Length } from "./limits.ts";
import { type EpochMs, isLeftDue, isOverdue, type PromiseImage, type SettledState, type Value } from "./promise.ts";
import { settlement } from "./settle.ts";
import { isWatched, leaving, type Subscription } from "./subscription.ts";
import type { EventMoment, Moment } from "./verb.ts";

/** How a member has ended: which of the rule's list it is, when, and what it came to, if that is small. */
interface Outcome {
  readonly member: number;
  readonly state: SettledState;
  readonly settledAt: EpochMs;
  readonly value?: Value;
}

type Composite = Pick<PromiseImage, "tags" | "outcomes">;

/** That no member has told the composite of its end since it was read. */
export const hasHeard = (resumes: number | undefined): Guard =>
  resumes === undefined ? { kind: "unset", field: "resumes" } : { kind: "is", field: "resumes", value: resumes };

/** A composite as it is born, knowing of those members that had ended already. */
export function bornComposite(
  what: Create,
  rule: CompositeRule,
  seen: ReadonlyMap<string, PromiseImage>,
  moment: EventMoment,
): PromiseImage {
  const born = newborn(what, moment);
  if (born.state !== "pending") {
    return born;
  }
  const outcomes = rule.of.flatMap((id) => outcomeOf(rule, seen.get(id)) ?? []).sort();
  const isDecided = judge(rule, outcomes.map(readOutcome)) !== undefined;
  return {
    ...born,
    hasMembers: true,
    dueAt: isDecided || born.birthUntold ? moment.now : born.timeoutAt,
    ...(outcomes.length > 0 && { outcomes }),
  };
}

/** The writes by which a member comes to tell the composite of its end; none where it has ended. */
export function joining(
  composite: string,
  member: string,
  seen: PromiseImage | undefined,
  { now }: Moment,
): readonly AnyChange[] {
  return seen !== undefined && seen.state !== "pending"
    ? []
    : enlist(member, { role: "callback", waiter: composite }, now, seen);
}

/** What a member is made of that is created for a composite: it says so, and retention keeps it as long as that may need it. */
export const madeFor = ({ id, trace }: Create, member: Create): Create => ({
  ...member,
  tags: { "resonate:parent": id, ...member.tags },
  ...(trace !== undefined && { trace }),
});

/** A member that is created along with its composite: waited for from its birth. */
export function bornMember(composite: string, image: PromiseImage): readonly AnyChange[] {
  if (image.state !== "pending") {
    return [creation(image)];
  }
  const armed = { ...image, dueAt: image.dueAt ?? image.timeoutAt };
  return composite.length > limits.waiterLengthMax
    ? [creation({ ...armed, moreWaiters: true }), waiterPut(image.id, { role: "callback", waiter: composite })]
    : [creation({ ...armed, callbacks: [composite] })];
}

/** What a member's end is written down as with a composite; nothing, where it has not ended. */
function outcomeOf({ of }: CompositeRule, member: PromiseImage | undefined): string | undefined {
  if (member?.settledAt === undefined || member.state === "pending") {
    return undefined;
  }
  const { valueBytesMax, valuesBytesMax } = compositeLimits;
  const bytesMax = Math.min(valueBytesMax, Math.floor(valuesBytesMax / of.length));
  const { elsewhere, ...value } = member.value;
  const isKept = elsewhere === undefined && utf8Length(JSON.stringify(value)) <= bytesMax;
  return JSON.stringify([of.indexOf(member.id), member.state, member.settledAt, ...(isKept ? [value] : [])]);
}

function readOutcome(text: string): Outcome {
  const [member, state, settledAt, value] = JSON.parse(text) as [number, SettledState, EpochMs, Value?];
  return { member, state, settledAt, ...(value !== undefined && { value }) };
}

interface Judgement {
  readonly state: "resolved" | "rejected";
  /** The members whose ends have decided, in the order of these. */
  readonly deciding: readonly Outcome[];
}

/** What the ends of so many members make of a composite; nothing yet, where either is still possible. */
function judge({ of, need }: CompositeRule, outcomes: readonly Outcome[]): Judgement | undefined {
  const inOrder = outcomes.toSorted((a, b) => a.settledAt - b.settledAt || a.member - b.member);
  const resolved = inOrder.filter(({ state }) => state === "resolved");
  if (resolved.length >= need) {
    return { state: "resolved", deciding: resolved.slice(0, need) };
  }
  const others = inOrder.filter(({ state }) => state !== "resolved");
  const spare = of.length - need;
  return others.length > spare ? { state: "rejected", deciding: others.slice(0, spare + 1) } : undefined;
}

/** What a member's end means to its composite: it is noted, and if that decides, the composite is due. */
export function report(composite: PromiseImage, member: PromiseImage, now: EpochMs): GuardedChange | undefined {
  const { id, tags, outcomes = [], resumes, dueAt = now } = composite;
  const rule = ruleOf(tags);
  if (
    rule === undefined ||
    composite.state !== "pending" ||
    isOverdue(composite, now) ||
    !rule.of.includes(member.id)
  ) {
    return undefined;
  }
  const outcome = outcomeOf(rule, member) as string;
  const isDecided = judge(rule, [...new Set([...outcomes, outcome])].map(readOutcome)) !== undefined;
  return {
    of: "promise",
    id,
    guards: [isPending, isAliveAt(now), hasHeard(resumes)],
    change: {
      kind: "update",
      include: { outcomes: [outcome] },
      increment: "resumes",
      ...(isDecided && { set: { dueAt: Math.min(dueAt, now) } }),
    },
  };
}

/** The write that settles a composite by what it has heard; nothing, where that does not decide yet. */
export function conclusion(
  composite: PromiseImage,
  now: EpochMs,
  subscriptions: readonly Subscription[],
): GuardedChange | undefined {
  const { id, outcomes = [], createdAt } = composite;
  const rule = ruleOf(composite.tags);
  const judgement = rule && judge(rule, outcomes.map(readOutcome));
  if (rule === undefined || judgement === undefined) {
    return undefined;
  }
  const settledAt = Math.max(now, createdAt);
  const isTold = isWatched(subscriptions, judgement.state, composite);
  return {
    of: "promise",
    id,
    guards: [isPending, isAliveAt(settledAt)],
    change: {
      kind: "update",
      set: {
        state: judgement.state,
        value: toldValue(rule, judgement),
        settledAt,
        dueAt: now,
        ...(isTold && { endUntold: true }),
      },
    },
  };
}

/** What is said of the members that have decided (`docs/composites.md`). */
function toldValue(rule: CompositeRule, { state, deciding }: Judgement): Value {
  const isSdk = rule.encoding === "sdk";
  const members = deciding.map(({ member, value, ...end }) => {
    const shown = value && isSdk ? unpacked(value) : value;
    return { id: rule.of[member], ...end, ...(shown !== undefined && { value: shown }) };
  });
  if (!isSdk) {
    return { headers: { "content-type": "application/json" }, data: JSON.stringify({ members }) };
  }
  const message = `${rule.of.length - rule.need + 1} of ${rule.of.length} members were not resolved`;
  // The SDKs throw what a promise is rejected with, and make an error of this form.
  const told = state === "resolved" ? { members } : { __type: "error", name: "Rejected", message, members };
  return { data: toBase64(JSON.stringify(told)) };
}

/** A value as the SDKs read it: JSON in base64. Of one that is not, nothing. */
function unpacked({ data }: Value): unknown {
  try {
    const bytes = Uint8Array.from(atob(data ?? ""), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

const toBase64 = (text: string): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));

/** Ids of members of which a composite has not heard. */
export function unheardOf({ tags, outcomes = [] }: Composite): readonly string[] {
  const heard = new Set(outcomes.map((text) => readOutcome(text).member));
  return ruleOf(tags)?.of.filter((_, member) => !heard.has(member)) ?? [];
}

/** What lets a member go that is pending when its composite has ended: it is canceled, or tells it of nothing any more. */
export function lettingGo(
  composite: PromiseImage,
  member: PromiseImage,
  moment: EventMoment,
): GuardedChange | ChangeTo<"waiter"> {
  const { id, tags } = composite;
  if (ruleOf(tags)?.losers !== "keep") {
    const born = { ...moment, now: Math.max(moment.now, member.createdAt) };
    const verdict = "rejected_canceled";
    // The composite itself waits for it.
    const left = { ...leaving({ id: member.id, verdict }, moment, member), isDue: true };
    return settlement({ id: member.id, verdict, value: {} }, born, [], left);
  }
  return member.callbacks?.includes(id)
    ? {
        of: "promise",
        id: member.id,
        guards: [{ kind: "has", field: "callbacks", member: id }],
        change: { kind: "update", exclude: { callbacks: [id] } },
      }
    : {
        of: "waiter",
        in: member.id,
        id: waiterId({ role: "callback", waiter: id }),
        guards: [{ kind: "present", field: "waiter" }],
        change: { kind: "delete" },
      };
}

/** All members have been let go. */
export const letGo = ({ hasMembers: _, ...settled }: PromiseImage): GuardedChange => ({
  of: "promise",
  id: settled.id,
  guards: [
    { kind: "present", field: "hasMembers" },
    { kind: "present", field: "settledAt" },
  ],
  change: {
    kind: "update",
    unset: [...(isLeftDue(settled) ? [] : (["dueAt"] as const)), "hasMembers", "outcomes"],
  },
});
