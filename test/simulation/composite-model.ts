/**
 * What becomes of composites and their members, in the words of the rule alone: every promise has a state, and whatever
 * follows from an end follows at once.
 *
 * @module
 */

import { type Rule, type Step, verdictBy } from "./composite-play.ts";

interface Kept {
  readonly id: string;
  readonly timeoutAt: number;
  readonly rule?: Rule;
  state: string;
  settledAt?: number;
}

export class CompositeModel {
  readonly #kept = new Map<string, Kept>();
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  play(step: Step): void {
    switch (step.kind) {
      case "create":
        this.#create(step.id, this.#now + step.lifeMs);
        break;
      case "compose":
        this.#compose(step);
        break;
      case "end":
        this.#end(this.#kept.get(step.id), step.verdict);
        break;
      case "wait":
        this.#now += step.ms;
        for (const kept of this.#kept.values()) {
          if (kept.timeoutAt <= this.#now) {
            this.#end(kept, "rejected_timedout", kept.timeoutAt);
          }
        }
    }
    this.#follow();
  }

  shown() {
    return [...this.#kept.values()]
      .map(({ id, state, settledAt }) => ({ id, state, settledAt }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  #create(id: string, timeoutAt: number, rule?: Rule): void {
    if (!this.#kept.has(id)) {
      this.#kept.set(id, { id, timeoutAt, state: "pending", ...(rule && { rule }) });
    }
  }

  #compose({ id, lifeMs, rule }: Extract<Step, { kind: "compose" }>): void {
    const isMissing = rule.of.some((member) => !this.#kept.has(member));
    if (this.#kept.has(id) || (isMissing && rule.missing === "refuse")) {
      return;
    }
    for (const member of rule.of) {
      this.#create(member, this.#now + lifeMs);
    }
    this.#create(id, this.#now + lifeMs, rule);
  }

  #end(kept: Kept | undefined, state: string, at = this.#now): void {
    if (kept?.state === "pending") {
      kept.state = state;
      kept.settledAt = at;
    }
  }

  /** Until nothing follows any more: what is decided ends, and what has ended lets its members go. */
  #follow(): void {
    const before = JSON.stringify(this.shown());
    for (const kept of this.#kept.values()) {
      const verdict = kept.rule && verdictBy(kept.rule, (id) => this.#kept.get(id)?.state ?? "missing");
      if (verdict !== undefined) {
        this.#end(kept, verdict);
      }
      if (kept.rule?.losers === "cancel" && kept.state !== "pending") {
        for (const member of kept.rule.of) {
          this.#end(this.#kept.get(member), "rejected_canceled");
        }
      }
    }
    if (JSON.stringify(this.shown()) !== before) {
      this.#follow();
    }
  }
}
