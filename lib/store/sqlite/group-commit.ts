import type { DatabaseSync } from "node:sqlite";
import type { Fault } from "#lib/core/index.ts";
import { storeFailed } from "./failed.ts";

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (reason: Fault<"storeFailed">) => void;
}

/** Turns of the event loop for which a group of writes may grow. */
const turnsMax = 4;

/**
 * Writes that arrive in the same few turns of the event loop share one transaction, and so one wait for the disk. Each
 * is answered only after its commit.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  #waiting: Waiting[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws Fault `storeFailed`; nothing of this piece of work was then written. */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#waiting.length === 1) {
        this.#flushSoon(0, turnsMax);
      }
    });
  }

  /** Commits when a turn has brought nothing new, or enough turns have passed: a turn is short beside the disk's wait. */
  #flushSoon(before: number, turnsLeft: number): void {
    const { length } = this.#waiting;
    length > before && turnsLeft > 0 ? setImmediate(() => this.#flushSoon(length, turnsLeft - 1)) : this.flush();
  }

  /** Commits at once what waits for the end of the turn. */
  flush(): void {
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) {
      return;
    }
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      const answers = group.map((waiting) => this.#carryOut(waiting));
      this.#database.exec("COMMIT");
      for (const answer of answers) {
        answer();
      }
    } catch (error) {
      this.#rollBack();
      for (const { reject } of group) {
        reject(storeFailed(error));
      }
    }
  }

  /** Does one piece of the group's work, and gives what is left to do once it is committed. */
  #carryOut({ work, resolve, reject }: Waiting): () => void {
    try {
      const result = work() as never;
      return () => resolve(result);
    } catch (error) {
      // A statement that fails undoes only itself, and the group goes on; but where it has ended the transaction, as a
      // full disk does, whatever came next would be written by itself.
      if (!this.#database.isTransaction) {
        throw error;
      }
      return () => reject(storeFailed(error));
    }
  }

  #rollBack(): void {
    if (this.#database.isOpen && this.#database.isTransaction) {
      this.#database.exec("ROLLBACK");
    }
  }
}
