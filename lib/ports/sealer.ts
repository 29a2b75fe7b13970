import type { RequestMoment } from "./store.ts";

/** What a text is sealed for: one that is sealed for something else is none. */
export type Purpose = "link" | "form" | "signIn" | "person";

/** Makes texts that nobody can read, alter or make up. */
export interface Sealer {
  /** The text, sealed by the newest key: letters, digits, `.`, `-` and `_`. */
  seal(purpose: Purpose, text: string, request: RequestMoment): Promise<string>;
  /** What was sealed, by any key that is kept; absent: nothing was, or not by us, or its key is gone. */
  open(purpose: Purpose, sealed: string, request: RequestMoment): Promise<string | undefined>;
  /** SHA-256 in hexadecimal. */
  hash(text: string): string;
  /** Whether two hashes are one. How far they agree does not show in how long it takes. */
  isSame(hash: string, other: string): boolean;
}
