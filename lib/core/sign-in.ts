/**
 * Who may decide by a link that asks people to sign in.
 *
 * @module
 */

import type { Violation } from "./fault.ts";
import { illFormed, tooLong, violation } from "./limits.ts";

/** Somebody who has signed in, as the issuer says. */
export interface Person {
  readonly issuer: string;
  /** The issuer's own name for the person, which never changes. */
  readonly subject: string;
  /** Present only if the issuer has verified it. */
  readonly email?: string;
  readonly name?: string;
}

/** Who may decide: everybody who can sign in, or whoever is in one of the lists. Never empty: nobody would be let in. */
export interface SignInTerms {
  readonly anybody?: true;
  /** Addresses, or `*@` and a domain; letter case does not count. */
  readonly emails?: readonly string[];
  readonly subjects?: readonly string[];
}

export const signInLimits = {
  /** Entries of each list. */
  entriesMax: 20,
  entryBytesMax: 320,
} as const;

const emailForm = /^(\*|[^\s@*]+)@[^\s@*]+$/;

/** What keeps people from being told apart by these terms. */
export function signInViolations({ anybody, emails, subjects }: SignInTerms): Violation[] {
  const { entriesMax, entryBytesMax } = signInLimits;
  const list = (field: string, entries: readonly string[] | undefined) =>
    entries === undefined
      ? []
      : [
          ...(entries.length === 0 || entries.length > entriesMax
            ? [violation(field, `must have 1 to ${entriesMax} entries`)]
            : []),
          ...entries.flatMap((entry) => [
            ...(entry === "" ? [violation(field, "must have no empty entry")] : []),
            ...illFormed(field, entry),
            ...tooLong(field, entry, entryBytesMax),
          ]),
        ];
  return [
    ...(anybody === undefined && emails === undefined && subjects === undefined
      ? [violation("signIn", "must be true, or name emails or subjects")]
      : []),
    ...list("signIn.emails", emails),
    ...list("signIn.subjects", subjects),
    ...((emails ?? []).every((entry) => emailForm.test(entry))
      ? []
      : [violation("signIn.emails", "must be addresses, or *@ and a domain")]),
  ];
}

/** Whether the terms let this person decide. */
export function mayDecide({ anybody, emails, subjects }: SignInTerms, { email, subject }: Person): boolean {
  if (anybody === true) {
    return true;
  }
  const own = email?.toLowerCase();
  const domain = own?.slice(own.lastIndexOf("@"));
  const isNamed = emails?.some((entry) => {
    const wanted = entry.toLowerCase();
    return wanted.startsWith("*") ? domain !== undefined && wanted.slice(1) === domain : wanted === own;
  });
  return isNamed === true || subjects?.includes(subject) === true;
}
