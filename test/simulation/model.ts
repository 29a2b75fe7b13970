/**
 * What the REST door has to answer, told as naively as can be: a Map, and the rules of `protocol/rest.md` one by one.
 *
 * It shares nothing with what it judges but the words of the protocol.
 *
 * @module
 */

/** A promise as the door shows it. */
export interface Shown {
  readonly id: string;
  readonly state: "PENDING" | "RESOLVED" | "REJECTED" | "REJECTED_CANCELED" | "REJECTED_TIMEDOUT";
  readonly param: object;
  readonly value: object;
  readonly timeout: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdOn: number;
  readonly completedOn?: number;
  readonly idempotencyKeyForCreate?: string;
  readonly idempotencyKeyForComplete?: string;
}

export interface CreateStep {
  readonly kind: "create";
  readonly id: string;
  readonly timeout: number;
  readonly param: object | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly key: string | undefined;
  readonly strict: boolean | undefined;
}

export interface CompleteStep {
  readonly kind: "complete";
  readonly id: string;
  readonly state: "RESOLVED" | "REJECTED" | "REJECTED_CANCELED";
  readonly value: object | undefined;
  readonly key: string | undefined;
  readonly strict: boolean | undefined;
}

export interface ReadStep {
  readonly kind: "read";
  readonly id: string;
}

export interface SearchStep {
  readonly kind: "search";
  readonly pattern: string;
  readonly state: "pending" | "resolved" | "rejected" | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly limit: number;
}

/** What a request about one promise is answered: a promise, or the code of an error. */
export type Answer =
  | { readonly status: 200 | 201; readonly promise: Shown }
  | { readonly status: 403 | 404 | 409; readonly code: number };

const latest = 2 ** 53 - 1;

const codes = { RESOLVED: 40300, REJECTED: 40301, REJECTED_CANCELED: 40302, REJECTED_TIMEDOUT: 40303 } as const;

const isTimer = ({ tags }: Shown) => tags["resonate:timeout"] === "true" || tags["resonate:timer"] === "true";
const isStep = ({ tags }: Shown) => tags["resonate:scope"] === "local";

export class Model {
  readonly #promises = new Map<string, Shown>();

  /** What is kept, time-outs that nobody has met yet left pending. */
  get kept(): ReadonlyMap<string, Shown> {
    return this.#promises;
  }

  ask(step: CreateStep | CompleteStep | ReadStep, now: number): Answer {
    switch (step.kind) {
      case "create":
        return this.#create(step, now);
      case "complete":
        return this.#complete(step, now);
      case "read": {
        const found = this.#meet(step.id, now);
        return found === undefined ? { status: 404, code: 40400 } : { status: 200, promise: found };
      }
    }
  }

  /** Every row of a search, all pages together, newest first. It writes nothing: rows alone show unwritten time-outs. */
  search({ pattern, state, tags }: Pick<SearchStep, "pattern" | "state" | "tags">, now: number): Shown[] {
    const literal = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, (character) => `\\u{${hex(character)}}`);
    const form = new RegExp(`^${pattern.split("*").map(literal).join(".*")}$`, "su");
    return [...this.#promises.values()]
      .filter((promise) => form.test(promise.id) && (promise.id === pattern || !isStep(promise)))
      .map((promise) => timedOut(promise, now))
      .filter((promise) => state === undefined || promise.state.startsWith(state.toUpperCase()))
      .filter((promise) => Object.entries(tags).every(([name, text]) => promise.tags[name] === text))
      .sort((a, b) => b.createdOn - a.createdOn || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id)));
  }

  /** Settles what is due by `now`, and counts it. A step of a workflow is not armed: it is settled when it is met. */
  sweep(now: number, isSeen: (id: string) => boolean = () => true): number {
    const due = [...this.#promises.values()].filter(
      (promise) => timedOut(promise, now) !== promise && !isStep(promise) && isSeen(promise.id),
    );
    for (const { id } of due) {
      this.#meet(id, now);
    }
    return due.length;
  }

  #create({ id, timeout, param = {}, tags = {}, key, strict }: CreateStep, now: number): Answer {
    const found = this.#meet(id, now);
    if (found !== undefined) {
      const isMatch = key !== undefined && key === found.idempotencyKeyForCreate;
      return isMatch && !(strict && found.state !== "PENDING")
        ? { status: 200, promise: found }
        : { status: 409, code: 40900 };
    }
    const deadline = Math.min(timeout, latest);
    const born: Shown = {
      id,
      state: "PENDING",
      param,
      value: {},
      timeout: deadline,
      tags,
      createdOn: Math.min(now, deadline),
      ...(key !== undefined && { idempotencyKeyForCreate: key }),
    };
    this.#promises.set(id, timedOut(born, now));
    return { status: 201, promise: timedOut(born, now) };
  }

  #complete({ id, state, value = {}, key, strict }: CompleteStep, now: number): Answer {
    const found = this.#meet(id, now);
    if (found === undefined) {
      return { status: 404, code: 40400 };
    }
    if (found.state === "PENDING") {
      // Another server's clock may have been ahead when the promise was created: nothing ends before it begins.
      const completedOn = Math.max(now, found.createdOn);
      const key_ = key !== undefined && { idempotencyKeyForComplete: key };
      const promise: Shown = { ...found, state, value, completedOn, ...key_ };
      this.#promises.set(id, promise);
      return { status: 201, promise };
    }
    const isMatch = key !== undefined && key === found.idempotencyKeyForComplete;
    const isWelcome = found.state === "REJECTED_TIMEDOUT" ? !strict : isMatch && (!strict || found.state === state);
    return isWelcome ? { status: 200, promise: found } : { status: 403, code: codes[found.state] };
  }

  /** The promise, its time-out written down if it has come. */
  #meet(id: string, now: number): Shown | undefined {
    const found = this.#promises.get(id);
    if (found === undefined) {
      return undefined;
    }
    const promise = timedOut(found, now);
    this.#promises.set(id, promise);
    return promise;
  }
}

const hex = (character: string) => (character.codePointAt(0) as number).toString(16);

const timedOut = (promise: Shown, now: number): Shown =>
  promise.state === "PENDING" && now >= promise.timeout
    ? { ...promise, state: isTimer(promise) ? "RESOLVED" : "REJECTED_TIMEDOUT", completedOn: promise.timeout }
    : promise;
