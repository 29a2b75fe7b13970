/**
 * Hooks, by which other companies' systems complete promises: the request that comes in, what verifying makes of it, and
 * what is decided from it. Pure: the moment is an argument, secrets are arguments, nothing is kept.
 *
 * @module
 */

import type { EpochMs, Value } from "#lib/core/index.ts";
import type { HookDefinition } from "./definition.ts";

/** A request as its sender made it. */
export interface HookRequest {
  readonly method: string;
  /** The public URL as the sender called it, with its query as it was sent: some senders sign it, letter by letter. */
  readonly url: string;
  /** By names in lower case. A header that was sent more than once has its values joined by commas, as HTTP has it. */
  readonly headers: Readonly<Record<string, string>>;
  /** The URL's query, decoded. */
  readonly query: URLSearchParams;
  /** The bytes as they were received: decoded from the gateway's base64 once, never parsed and written again. */
  readonly body: Uint8Array;
}

/** A configured hook, without its secrets. */
export type Hook = HookDefinition;

/** Why a request could not be verified. Nothing of the request itself is told. */
export type Refusal =
  /** Events are posted: a request by another method is one only where its sender asks for a challenge so. */
  | "methodNotPost"
  /** No secret of the hook is in force. */
  | "noSecret"
  | "signatureMissing"
  /** It does not have its sender's form, or came more than once. */
  | "signatureMalformed"
  /** It is none of this request by any of the secrets. */
  | "signatureWrong"
  /** The signature is not one of the body. */
  | "bodyUnsigned"
  /** The body has to be read to be verified, and cannot be. */
  | "bodyMalformed"
  | "timestampMissing"
  | "timestampMalformed"
  | "timestampTooOld"
  | "timestampInFuture"
  /** The text to be sent back is missing, too long, or none that its sender would make. */
  | "challengeMalformed"
  /** The verify token is not the one that the hook was made with. */
  | "tokenWrong";

/** A verified event. */
export interface HookEvent {
  readonly kind: "event";
  /**
   * The same whenever the sender delivers this event again: its own id of the event where it has one, otherwise a hash of
   * what it signed. At most {@link eventIdLengthMax} characters of ASCII. Unique for its hook only.
   */
  readonly eventId: string;
  /** Which of the secrets has verified it, counted from 0. */
  readonly by: number;
  /** What happened, in the sender's words: `checkout.session.completed`, `issues.opened`. */
  readonly type?: string;
  /** The moment that the signature is of, where it names one. */
  readonly at?: EpochMs;
  /**
   * The body as JSON; a form as an object of its fields, lists where a field came more than once. A body that is neither,
   * or is nested deeper than {@link depthMax}, as undefined.
   */
  readonly body: unknown;
}

/** What is to be answered, as it stands, to a sender that wants to know whether the hook is there. Nothing else is done. */
export interface Challenge {
  readonly kind: "challenge";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Verdict =
  | HookEvent
  | Challenge
  | {
      readonly kind: "refused";
      readonly reason: Refusal;
      /** It asks whether the hook is there, as its provider does. */
      readonly isChallenge?: true;
    };

/** What keeps a verified event from deciding anything. */
export type Unusable =
  /** The body is no JSON and no form, and something is to be found in it. */
  | "bodyUnreadable"
  /** Nothing is where the promise's id should be. */
  | "promiseIdMissing"
  /** Several different texts are where the promise's id should be. */
  | "promiseIdAmbiguous"
  /** What is there is no text that an id can be: an object, a number that JSON does not carry exactly, too many bytes. */
  | "promiseIdInvalid"
  /** Nothing is where the value should be. */
  | "valueMissing"
  | "valueTooLarge";

export type Decision =
  | {
      readonly kind: "settle";
      /** As it was found: the service's own URL may stand in front. */
      readonly promiseId: string;
      readonly state: "resolved" | "rejected";
      readonly value: Value;
      /** Which rule matched, counted from 0; absent: none did, and what is otherwise done was. */
      readonly rule?: number;
    }
  | { readonly kind: "ignored"; readonly reason: "byRule" | "noRule"; readonly rule?: number }
  | { readonly kind: "unusable"; readonly reason: Unusable };

export const eventIdLengthMax = 200;

/** How deep a body may be nested. */
export const depthMax = 64;
