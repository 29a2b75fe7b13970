/** Several ordered sequences as one, in batches: as much at once as is known to come before anything unread. */
export async function* merged<Entry>(
  sequences: readonly AsyncGenerator<readonly Entry[]>[],
  compare: (a: Entry, b: Entry) => number,
): AsyncGenerator<readonly Entry[]> {
  const runs = sequences.map((sequence) => new Run(sequence));
  while (runs.length > 0) {
    await Promise.all(runs.map((run) => run.fill()));
    runs.splice(0, runs.length, ...runs.filter((run) => !run.isEmpty));
    const batch: Entry[] = [];
    while (runs.length > 0 && runs.every((run) => !run.isEmpty)) {
      batch.push(runs.reduce((best, run) => (compare(run.head, best.head) < 0 ? run : best)).take());
    }
    yield batch;
  }
}

/** One sequence, read ahead as far as its last batch went. */
class Run<Entry> {
  readonly #batches: AsyncGenerator<readonly Entry[]>;
  #buffer: readonly Entry[] = [];
  #at = 0;

  constructor(batches: AsyncGenerator<readonly Entry[]>) {
    this.#batches = batches;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#buffer.length;
  }

  get head(): Entry {
    return this.#buffer[this.#at] as Entry;
  }

  take(): Entry {
    return this.#buffer[this.#at++] as Entry;
  }

  /** Reads on if nothing is left; still empty afterwards: the sequence has ended. */
  async fill(): Promise<void> {
    while (this.isEmpty) {
      const { value, done } = await this.#batches.next();
      if (done) {
        return;
      }
      this.#buffer = value;
      this.#at = 0;
    }
  }
}
