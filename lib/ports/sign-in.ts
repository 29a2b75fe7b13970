import type { Person } from "#lib/core/index.ts";

/** What is to be kept of a sign-in under way, in the person's own browser. */
export interface Begun {
  /** Where the person signs in. */
  readonly url: string;
  /** To be kept secret, and handed back when the person comes back. */
  readonly kept: string;
}

/** Lets people sign in elsewhere (OpenID Connect, by code, with PKCE). */
export interface SignIn {
  /**
   * @param callback Where the person comes back to.
   * @param isAnew Whether the person is to say anew who that is, though the issuer knows somebody already.
   * @throws Error where the issuer cannot be asked.
   */
  begin(callback: string, isAnew: boolean): Promise<Begun>;
  /**
   * @param came The URL that the person has come back by.
   * @returns Who it is; nothing, where the person has not signed in, or what came does not belong to what was begun.
   * @throws Error where the issuer cannot be asked.
   */
  finish(came: URL, kept: string): Promise<Person | undefined>;
}
