/** A receiver may ask for a longer wait than is due, up to this one. */
export const retryAfterMsMax = 2 * 60 * 60 * 1_000;

/** The wait before another attempt, in milliseconds: at first, and at most. */
export interface Backoff {
  readonly first: number;
  readonly max: number;
}

/**
 * Waits double with each failure up to the longest, and half of each is left to chance, so that what failed together does
 * not come again together.
 *
 * @param failures Those before the last.
 * @param jitter From 0 to 1.
 */
export const backoff = ({ first, max }: Backoff, failures: number, jitter: number): number =>
  Math.round(Math.min(first * 2 ** failures, max) * (1 - jitter / 2));
