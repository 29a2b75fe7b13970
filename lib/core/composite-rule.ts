/**
 * The rule of a composite: whose ends settle it, and how. It stands in a tag, as JSON, so that a promise is made a
 * composite in whatever way it is created, and always says that it is one.
 *
 * @module
 */

import type { Create } from "./create.ts";
import type { Violation } from "./fault.ts";
import { creationViolations, idViolations, refuse, violation } from "./limits.ts";
import { compositeTag, type Tags } from "./promise.ts";

/** When a composite is settled, and what follows. */
export interface CompositeRule {
  /** Ids of the members, each once. */
  readonly of: readonly string[];
  /** So many must be resolved: from 1, the first, to all of them. */
  readonly need: number;
  /** What becomes of members that are pending when the composite ends, however it does. */
  readonly losers: "cancel" | "keep";
  /** What becomes of a member that there is not when the composite is created. */
  readonly missing: "create" | "refuse";
  /** How the composite's value is written: as JSON, or as the SDKs write theirs, JSON in base64. */
  readonly encoding: "json" | "sdk";
}

export const compositeLimits = {
  /** Members, of two writes each: with the composite and a task that fences it, they are one transaction of 100. */
  membersMax: 49,
  /** Bytes of JSON up to which a member's value is part of the composite's, and of all such values together. */
  valueBytesMax: 4_096,
  valuesBytesMax: 32_768,
} as const;

/** What a rule says that does not say it itself. */
export type RuleDefaults = Pick<CompositeRule, "encoding">;

const ofRest: RuleDefaults = { encoding: "json" };

/** The rule as its tag says it. Whoever writes it leaves nothing open. */
export const ruleTag = (rule: CompositeRule): Tags => ({ [compositeTag]: JSON.stringify(rule) });

/** The rule of a composite; undefined where the tags hold none that can be followed. */
export function ruleOf(tags: Tags, defaults: RuleDefaults = ofRest): CompositeRule | undefined {
  const read = readRule(tags[compositeTag], defaults);
  return Array.isArray(read) ? undefined : (read as CompositeRule);
}

/** Whether a promise with these tags is to be a composite, and be it that its rule is none. */
export const isComposite = (tags: Tags): boolean => tags[compositeTag] !== undefined;

/** Ids that a promise with these tags would have as members. */
export const membersOf = (tags: Tags): readonly string[] => ruleOf(tags)?.of ?? [];

/** @throws Fault `invalid`, `tooLarge` */
export function checkComposite(what: Create): void {
  const { members = [] } = what;
  const own = creationViolations(what);
  const read = readRule(what.tags[compositeTag], ofRest);
  const each = members.map((member) => ({ member, ...creationViolations(member) }));
  refuse("invalid", [
    ...own.invalid,
    ...(Array.isArray(read) ? (read as Violation[]) : []),
    ...membersOf(what.tags).flatMap((id) =>
      id === what.id ? [violation("composite", "must not have itself as a member")] : [],
    ),
    ...each.flatMap(({ member, invalid }) => [
      ...invalid.map((flaw) => ofMember(member, flaw)),
      ...(isComposite(member.tags)
        ? [violation(`member ${member.id}`, "must not be a composite: create that one first")]
        : []),
    ]),
  ]);
  refuse("tooLarge", [
    ...own.tooLarge,
    ...each.flatMap(({ member, tooLarge }) => tooLarge.map((flaw) => ofMember(member, flaw))),
  ]);
}

const ofMember = ({ id }: Create, { field, message }: Violation): Violation => ({
  field,
  message: `member ${id}: ${message}`,
});

const words = {
  losers: ["cancel", "keep"],
  missing: ["refuse", "create"],
  encoding: ["json", "sdk"],
} as const;

/** The rule, or what keeps the text from being one. */
function readRule(text: string | undefined, defaults: RuleDefaults): CompositeRule | readonly Violation[] {
  const refused = (rule: string) => [violation("composite", rule)];
  const sent = parsed(text);
  if (sent === undefined) {
    return refused("must be an object in JSON");
  }
  const { of, need, losers = "cancel", missing = "refuse", encoding = defaults.encoding } = sent;
  if (!(Array.isArray(of) && of.length > 0 && of.every((id) => typeof id === "string"))) {
    return refused("must name its members: of, a list of ids");
  }
  const violations = [
    ...(of.length > compositeLimits.membersMax
      ? refused(`must have at most ${compositeLimits.membersMax} members`)
      : []),
    ...(new Set(of).size < of.length ? refused("must name each member once") : []),
    ...of.flatMap((id) =>
      idViolations(id).map(({ message }) => violation("composite", `must have no member whose ${message}`)),
    ),
    ...(need === "all" || (Number.isInteger(need) && (need as number) >= 1 && (need as number) <= of.length)
      ? []
      : refused(`must say how many members it needs: need, from 1 to ${of.length}, or "all"`)),
    ...Object.entries({ losers, missing, encoding }).flatMap(([name, word]) => {
      const known: readonly unknown[] = words[name as keyof typeof words];
      return known.includes(word) ? [] : refused(`must have as ${name} one of ${known.join(", ")}`);
    }),
  ];
  return violations.length > 0
    ? violations
    : ({ of, need: need === "all" ? of.length : need, losers, missing, encoding } as CompositeRule);
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const sent: unknown = JSON.parse(text ?? "");
    return typeof sent === "object" && sent !== null && !Array.isArray(sent)
      ? (sent as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
