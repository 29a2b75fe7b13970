import type { Claim } from "../claim.ts";
import type { Challenge, Hook, HookRequest, Refusal } from "../hook.ts";

/** What a sender says an event is. */
export interface Identity {
  readonly id?: string | undefined;
  readonly type?: string | undefined;
}

/** The ways of one sender. */
export interface ProviderRules {
  /**
   * What the request claims; or why it cannot be verified, whatever the secret.
   *
   * @param read Reads the body, for who signs something that is in it.
   */
  readonly claim: (request: HookRequest, hook: Hook, read: () => unknown) => Claim | Refusal;
  readonly identify: (request: HookRequest, document: unknown, hook: Hook) => Identity;
  /** The field of a form that holds the whole event as JSON. */
  readonly wrapped?: string;
  readonly toleranceMs?: number;
  /** The answer to a request that is no event and is not signed; undefined: it is none such. */
  readonly greet?: (request: HookRequest, hook: Hook) => Challenge | Refusal | undefined;
  /** The answer to a signed request that asks for one; undefined: it is an event. */
  readonly respond?: (document: unknown, secret: string) => Challenge | Refusal | undefined;
}

/**
 * A text that is sent back. No browser makes anything else of it, and it is not kept anywhere.
 */
export const echo = (body: string, contentType = "text/plain; charset=utf-8"): Challenge => ({
  kind: "challenge",
  status: 200,
  headers: {
    "content-type": contentType,
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "attachment",
    "cache-control": "no-store",
  },
  body,
});

/** What a challenge may be at most, in UTF-16 units. */
const challengeLengthMax = 1_024;

/** Visible ASCII, spaces, and not too much of it. */
export const isChallenge = (text: string): boolean => text.length <= challengeLengthMax && /^[\x20-\x7e]+$/.test(text);
