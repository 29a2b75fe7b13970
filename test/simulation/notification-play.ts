/**
 * Processes that tell receivers of promises, over a store that fails and with queues that do; and receivers that do.
 *
 * @module
 */

import fc from "fast-check";
import { expect } from "vitest";
import { Fault, type Message } from "#lib/core/index.ts";
import { nextOccurrence } from "#lib/cron.ts";
import type { Parcel } from "#lib/ports/outbox.ts";
import type { Store } from "#lib/ports/store.ts";
import { type Outgoing, Refusal, type Sent } from "#lib/ports/transport.ts";
import { advancer } from "#lib/service/advance.ts";
import { courier } from "#lib/service/courier.ts";
import { delivery, enqueuing } from "#lib/service/deliver.ts";
import { endpointIdOf } from "#lib/service/endpoint-id.ts";
import { messageService } from "#lib/service/messages.ts";
import { sweep } from "#lib/service/sweep.ts";
import { noFeed } from "../support/door.ts";
import { imageOf } from "../support/images.ts";
import { noSubscriptions } from "../support/subscriptions.ts";

const minute = 60_000;
const hour = 60 * minute;

export const receivers = ["https://a.example/", "https://b.example/?key=1", "sqs://c"] as const;

const manners = ["up", "down", "hangs", "redirects", "lies", "busy"] as const;
/** What a receiver does with what it is sent: `lies` takes it, and says so to nobody. */
type Manner = (typeof manners)[number];

/** What happens to a request to the store; a process that has crashed does nothing more. */
type Fate = "done" | "lost" | "unanswered" | "crash";

const act = fc.record({
  kind: fc.constantFrom("settle", "settle", "pass", "pass", "pass", "sweep", "deliver", "resume", "replay"),
  process: fc.nat(1),
  minutes: fc.constantFrom(1, 1, 5, 20, 60),
  count: fc.integer({ min: 1, max: 5 }),
  /** Together with the act before it. */
  isAtOnce: fc.boolean(),
});

export const play = fc.record({
  acts: fc.array(act, { minLength: 12, maxLength: 30, size: "max" }),
  /** How each receiver behaves, from act to act in turn. */
  manners: fc.tuple(
    ...receivers.map(() =>
      fc.array(fc.constantFrom<Manner>("down", "down", "down", ...manners), { minLength: 1, maxLength: 5 }),
    ),
  ),
  fates: fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.constant<Fate>("done") },
      { weight: 1, arbitrary: fc.constantFrom<Fate>("lost", "unanswered", "crash") },
    ),
    { maxLength: 200, size: "max" },
  ),
  queue: fc.array(fc.constantFrom("once", "once", "twice", "late", "lost"), { minLength: 1, maxLength: 9 }),
  isDeployed: fc.boolean(),
});
export type Play = typeof play extends fc.Arbitrary<infer Of> ? Of : never;
type Act = Play["acts"][number];

/** What was gone through, to know that it was. */
export interface Met {
  paused: number;
  held: number;
  released: number;
  parked: number;
}

const cost = () => ({ roundTrips: 0 });

export class Stage {
  readonly #store: Store;
  readonly #given: Play;
  readonly #prefix: string;
  readonly #met: Met;
  /** Message ids that each receiver has taken, by promise. */
  readonly #taken = new Map<string, Set<string>>();
  /** Promises whose ends are to be told, and to whom. */
  readonly #due: string[] = [];
  #queue: Parcel[] = [];
  #now = 1_000_000;
  #turn = 0;
  #fated = 0;
  #queued = 0;
  #promises = 0;
  /** How it ends: the store and the queue fail no more, and receivers do this. */
  #end: "up" | "down" | undefined;

  constructor(store: Store, given: Play, prefix: string, met: Met) {
    this.#store = store;
    this.#given = given;
    this.#prefix = prefix;
    this.#met = met;
  }

  #mannerOf(address: string): Manner {
    const at = receivers.findIndex((each) => address.startsWith(each));
    const list = this.#given.manners[at] as readonly Manner[];
    return this.#end ?? (list[this.#turn % list.length] as Manner);
  }

  readonly #send = async (message: Outgoing): Promise<Sent> => {
    const { address } = message;
    const id = message.kind === "execute" ? message.id : message.promise.id;
    const take = () => {
      const key = `${id} ${address}`;
      this.#taken.set(key, (this.#taken.get(key) ?? new Set()).add(message.messageId ?? ""));
    };
    switch (this.#mannerOf(address)) {
      case "up":
        take();
        return "sent";
      case "lies":
        take();
        throw new Error("cannot be reached: ECONNRESET");
      case "down":
        throw new Refusal(503);
      case "hangs":
        throw new Error("no answer within 180000 ms");
      case "redirects":
        throw new Refusal(302);
      case "busy":
        throw new Refusal(429, 20 * minute);
    }
  };

  /** The store as one run of a process meets it. */
  #fatedStore(): Store {
    let isDead = false;
    const unavailable = () => new Fault("storeUnavailable", {});
    const meet =
      <Given extends unknown[], Result>(run: (...given: Given) => Promise<Result>) =>
      async (...given: Given): Promise<Result> => {
        const { fates } = this.#given;
        const fate = this.#end !== undefined ? "done" : (fates[this.#fated++] ?? "done");
        isDead ||= fate === "crash";
        if (isDead || fate === "lost") {
          throw unavailable();
        }
        const result = await run(...given);
        if (fate === "unanswered") {
          throw unavailable();
        }
        return result;
      };
    const { transact, find, members } = this.#store;
    const attempt: Store["attempt"] = async (write, cost) => {
      const outcome = await this.#store.attempt(write, cost);
      const { set } = write.change as { readonly set?: { readonly state?: string } };
      this.#met.released += outcome.won && write.of === "endpoint" && set?.state === "releasing" ? 1 : 0;
      return outcome;
    };
    return {
      ...this.#store,
      attempt: meet(attempt as never) as unknown as Store["attempt"],
      transact: meet(transact),
      find: meet(find) as Store["find"],
      members: meet(members) as Store["members"],
    };
  }

  #courierOver(store: Store) {
    return {
      store,
      transport: { send: this.#send },
      timer: { arm: () => {} },
      now: () => this.#now,
      chance: () => 0.3,
      onFailure: () => {},
      onParked: () => {
        this.#met.parked += 1;
      },
      onPaused: () => {
        this.#met.paused += 1;
      },
    };
  }

  async #sweep(): Promise<void> {
    const store = this.#fatedStore();
    const options = this.#courierOver(store);
    const outbox = { put: async (parcel: Parcel) => void this.#queue.push(structuredClone(parcel)) };
    const sending = this.#given.isDeployed ? enqueuing(store, outbox) : delivery(options);
    const work = advancer({
      ...options,
      delivery: sending,
      retryMs: 30_000,
      known: noSubscriptions,
      nextRun: nextOccurrence,
    });
    const swept = { ...options, advancer: work, lookAheadMs: 0, isTimeUp: () => false };
    await sweep(swept, cost()).catch(() => {});
  }

  /** The deliver function: what fails is brought again. */
  async #deliver(): Promise<void> {
    const coming = this.#queue.splice(0).flatMap((parcel) => {
      const { queue } = this.#given;
      const fate = this.#end !== undefined ? "once" : queue[this.#queued++ % queue.length];
      if (fate === "late") {
        this.#queue.push(parcel);
      }
      return fate === "twice" ? [parcel, parcel] : fate === "once" ? [parcel] : [];
    });
    await Promise.all(
      coming.map(async (parcel) => {
        const { tell } = courier(this.#courierOver(this.#fatedStore()));
        if (parcel.kind === "unblock") {
          await tell(parcel.message, parcel.promise, cost()).catch(() => this.#queue.push(parcel));
        }
      }),
    );
  }

  async #work(): Promise<void> {
    await this.#sweep();
    if (this.#given.isDeployed) {
      await this.#deliver();
    }
  }

  async #settle(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const id = `${this.#prefix}p${this.#promises++}`;
      const listeners = receivers.map((each) => this.#addressOf(each));
      this.#due.push(...listeners.map((address) => `${id} ${address}`));
      const fields = { state: "resolved", settledAt: this.#now, createdAt: this.#now, dueAt: this.#now } as const;
      const image = imageOf({ id, ...fields, listeners });
      await this.#store.attempt({ of: "promise", id, guards: [], change: { kind: "put", image } }, cost());
    }
  }

  /** Each run has receivers of its own. */
  #addressOf(receiver: string): string {
    return `${receiver}${this.#prefix.replaceAll("/", "")}`;
  }

  async #one({ kind, minutes, count }: Act): Promise<void> {
    const request = { now: this.#now, token: "t", cost: cost() };
    const operator = messageService({ store: this.#fatedStore(), feed: noFeed });
    switch (kind) {
      case "settle":
        return this.#settle(count);
      case "pass":
        for (let steps = Math.min(minutes, 6); steps > 0; steps--) {
          this.#now += (minutes * minute) / Math.min(minutes, 6);
          await this.#work();
        }
        return;
      case "sweep":
        return this.#sweep();
      case "deliver":
        return this.#deliver();
      case "resume":
        for (const receiver of receivers) {
          await operator.resume(endpointIdOf(this.#addressOf(receiver)), request).catch(() => {});
        }
        return;
      case "replay":
        await operator.replayAll({ limit: 100, address: this.#addressOf(receivers[0]) }, request).catch(() => {});
    }
  }

  async #messages(): Promise<readonly Message[]> {
    const all = await Promise.all(
      receivers.map((receiver) => this.#store.members("message", this.#addressOf(receiver), 1_000, cost())),
    );
    return all.flat();
  }

  /** Receivers that hold messages, and are not going to be tried. */
  async #strandedAt(): Promise<string[]> {
    const held = (await this.#messages()).filter(({ heldAt }) => heldAt !== undefined);
    this.#met.held += held.length;
    const mailboxes = [...new Set(held.map(({ mailbox }) => mailbox))];
    const known = await Promise.all(
      mailboxes.map((mailbox) => this.#store.find({ of: "endpoint", id: endpointIdOf(mailbox) }, cost())),
    );
    return mailboxes.filter((_, at) => known[at]?.state === "failing" || known[at]?.dueAt === undefined);
  }

  async play(): Promise<void> {
    let underWay: Promise<void>[] = [];
    for (const each of this.#given.acts) {
      if (!each.isAtOnce) {
        await Promise.all(underWay);
        underWay = [];
        this.#turn += 1;
        expect(await this.#strandedAt(), "held by nobody").toEqual([]);
      }
      underWay.push(this.#one(each));
    }
    await Promise.all(underWay);
    expect(await this.#strandedAt(), "held by nobody").toEqual([]);
  }

  /** Everything works again: what is not parked by then arrives by itself, long before its day is over. */
  async recover(): Promise<void> {
    this.#end = "up";
    this.#queue = [];
    const parked = new Set(
      (await this.#messages())
        .filter(({ parkedAt }) => parkedAt !== undefined)
        .map(({ promiseId, address }) => `${promiseId} ${address}`),
    );
    for (const end = this.#now + 3 * hour; this.#now < end; this.#now += 5 * minute) {
      await this.#work();
    }
    const left = (await this.#messages()).map(({ promiseId, address }) => `${promiseId} ${address}`);
    const isMissing = (key: string) => !this.#taken.has(key) && !parked.has(key);
    expect(
      left.filter((key) => !parked.has(key)),
      "what still waits",
    ).toEqual([]);
    expect(this.#due.filter(isMissing), "who was told nothing").toEqual([]);
    for (const [key, ids] of this.#taken) {
      expect(ids.size, `ids of ${key}`).toBe(1);
    }
    this.#now += 4 * hour;
    await this.#work();
    expect(await this.#known(), "a receiver that works").toEqual([]);
  }

  /** What is known of receivers: of those that work, and of those that are sent nothing, that is nothing. */
  async #known() {
    const ids = receivers.map((receiver) => endpointIdOf(this.#addressOf(receiver)));
    const found = await Promise.all(ids.map((id) => this.#store.find({ of: "endpoint", id }, cost())));
    return found.filter((each) => each !== undefined);
  }

  /** Receivers stay away: what was not taken is parked after a day, and can be replayed. */
  async giveUp(): Promise<void> {
    this.#end = "down";
    this.#queue = [];
    for (let steps = 0; steps < 34; steps++) {
      this.#now += hour;
      await this.#work();
    }
    const left = await this.#messages();
    const parked = new Set(left.map(({ promiseId, address }) => `${promiseId} ${address}`));
    expect(left.filter(({ parkedAt }) => parkedAt === undefined).length, "what still waits").toBe(0);
    expect(await this.#known(), "a receiver that is sent nothing").toEqual([]);
    expect(
      this.#due.filter((key) => !this.#taken.has(key) && !parked.has(key)),
      "who was told nothing",
    ).toEqual([]);
  }
}
