/**
 * Time that passes only when nothing is left to do in it: what waits for a moment is woken in order of moments.
 *
 * @module
 */

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

export class VirtualTime {
  /** Milliseconds; the beginning is somebody else's choice. */
  now: number;
  /** A binary heap, the earliest first. */
  readonly #waiting: Waiting[] = [];
  #order = 0;

  constructor(now: number) {
    this.now = now;
  }

  sleep(ms: number): Promise<void> {
    return ms <= 0
      ? Promise.resolve()
      : new Promise((wake) => this.#push({ at: this.now + ms, order: this.#order++, wake }));
  }

  /** Calls at a moment; one that has passed is now. */
  at(moment: number, wake: () => void): void {
    this.#push({ at: Math.max(moment, this.now), order: this.#order++, wake });
  }

  /** Lets time pass up to a moment, or until nobody waits any more. */
  async run(until: number): Promise<void> {
    await settled();
    for (let first = this.#waiting[0]; first !== undefined && first.at <= until; first = this.#waiting[0]) {
      this.now = first.at;
      while (this.#waiting[0]?.at === this.now) {
        this.#pop().wake();
      }
      await settled();
    }
    this.now = Math.max(this.now, until);
  }

  #push(waiting: Waiting): void {
    const heap = this.#waiting;
    let at = heap.push(waiting) - 1;
    for (let above = (at - 1) >> 1; at > 0 && isBefore(waiting, heap[above] as Waiting); above = (at - 1) >> 1) {
      heap[at] = heap[above] as Waiting;
      at = above;
    }
    heap[at] = waiting;
  }

  #pop(): Waiting {
    const heap = this.#waiting;
    const first = heap[0] as Waiting;
    const last = heap.pop() as Waiting;
    if (heap.length > 0) {
      let at = 0;
      for (let below = 1; below < heap.length; below = 2 * at + 1) {
        const other = below + 1;
        const least = other < heap.length && isBefore(heap[other] as Waiting, heap[below] as Waiting) ? other : below;
        if (!isBefore(heap[least] as Waiting, last)) {
          break;
        }
        heap[at] = heap[least] as Waiting;
        at = least;
      }
      heap[at] = last;
    }
    return first;
  }
}

const isBefore = (a: Waiting, b: Waiting): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** All that follows from what was woken has been done up to its next wait. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
