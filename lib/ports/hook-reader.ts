import type { EpochMs, Value, Verdict } from "#lib/core/index.ts";

/** A request as a provider has sent it. */
export interface HookRequest {
  readonly method: string;
  /** As the provider has called it: some sign it. */
  readonly url: string;
  /** By their names in small letters; several of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** As received: signatures are over these bytes, and no others that say the same. */
  readonly body: Uint8Array;
}

/** An event that a provider has signed. */
export interface SignedEvent {
  /** The same each time that the provider sends it. */
  readonly eventId: string;
  /** Which of the secrets has verified it, counted from 0. */
  readonly by: number;
  readonly type?: string | undefined;
}

export type Verified<Event extends SignedEvent = SignedEvent> =
  | ({ readonly kind: "event" } & Event)
  /** The provider asks whether the hook is what it is thought to be. */
  | {
      readonly kind: "challenge";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The reason is for the hook's owner, and holds nothing secret. */
  | {
      readonly kind: "refused";
      readonly reason: string;
      /** It was to be a challenge. */
      readonly isChallenge?: true;
    };

export type Decided =
  | {
      readonly kind: "settle";
      readonly promiseId: string;
      readonly state: Extract<Verdict, "resolved" | "rejected">;
      readonly value: Value;
    }
  | { readonly kind: "ignored" | "unusable"; readonly reason: string };

/** Knows the providers: who has sent a request, and what it means to a hook of this definition. Changes nothing. */
export interface HookReader<Event extends SignedEvent = SignedEvent> {
  verify(request: HookRequest, definition: object, secrets: readonly string[], now: EpochMs): Promise<Verified<Event>>;
  decide(definition: object, request: HookRequest, event: Event): Decided;
}
