import type { EpochMs } from "#lib/core/index.ts";

/** Whom tasks are offered to. */
export interface Offeree {
  /** Tasks that were offered to it, and that nobody has taken yet. */
  readonly unanswered: Set<string>;
}

/** Which tasks were offered to whom, and not taken: a memory of bounded size, that loses the oldest first. */
export interface Offers<To extends Offeree> {
  /** Whom this very version of the task was offered to last. */
  lastTo(taskId: string, version: number): To | undefined;
  add(taskId: string, version: number, to: To): void;
  remove(taskId: string): void;
}

export interface OffersOptions {
  readonly now: () => EpochMs;
  readonly offersMax: number;
  readonly forgetAfterMs: number;
}

export function offers<To extends Offeree>({ now, offersMax, forgetAfterMs }: OffersOptions): Offers<To> {
  /** Oldest first. */
  const open = new Map<string, { version: number; to: To; at: EpochMs }>();

  const remove = (taskId: string) => {
    open.get(taskId)?.to.unanswered.delete(taskId);
    open.delete(taskId);
  };

  const forgetOld = () => {
    const since = now() - forgetAfterMs;
    for (const [taskId, { at }] of open) {
      if (open.size <= offersMax && at > since) {
        return;
      }
      remove(taskId);
    }
  };

  return {
    lastTo(taskId, version) {
      const offer = open.get(taskId);
      return offer?.version === version ? offer.to : undefined;
    },
    add(taskId, version, to) {
      remove(taskId);
      open.set(taskId, { version, to, at: now() });
      to.unanswered.add(taskId);
      forgetOld();
    },
    remove,
  };
}
