import type { PollStream, Worker } from "#lib/ports/transport.ts";
import type { Offeree } from "./offers.ts";

export interface Connection extends Worker, Offeree {
  readonly stream: PollStream;
  /** The mailboxes that its worker takes from. */
  readonly mailboxes: readonly string[];
  /** When a message last went to it, counted in messages. */
  lastTurn: number;
  /** Its receiver did not keep up, and has not drained since. */
  isStuck: boolean;
}

interface Circumstances {
  readonly address: { readonly id?: string };
  /** Those that have let an offer lie, and have taken nothing since. */
  readonly slow: ReadonlySet<Connection>;
  /** The one that let this very offer lie. */
  readonly avoided: Connection | undefined;
}

/** So many more unanswered offers than another has make a worker wait its turn: in step otherwise, they share evenly. */
const behindMax = 16;

/**
 * The best of the candidates, which come oldest first: one that takes what it is offered; the one that is named;
 * else whose turn it is among those that are not behind.
 */
export function choose(candidates: Iterable<Connection>, circumstances: Circumstances): Connection | undefined {
  const { address, slow, avoided } = circumstances;
  let fewest = Number.POSITIVE_INFINITY;
  for (const { unanswered } of candidates) {
    fewest = Math.min(fewest, unanswered.size);
  }
  const ranks = (candidate: Connection): readonly number[] => [
    candidate === avoided ? 2 : slow.has(candidate) ? 1 : 0,
    ...(candidate.id === address.id
      ? [0]
      : [1, candidate.unanswered.size > fewest + behindMax ? 1 : 0, candidate.lastTurn]),
  ];
  let best: { candidate: Connection; ranks: readonly number[] } | undefined;
  for (const candidate of candidates) {
    const own = ranks(candidate);
    if (best === undefined || isBefore(own, best.ranks)) {
      best = { candidate, ranks: own };
    }
  }
  return best?.candidate;
}

/** Compares rank by rank; of equals, neither is before the other. */
function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((rank, index) => rank !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}
