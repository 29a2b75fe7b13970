import type { EpochMs, Message, PromiseRecord, TaskRecord } from "#lib/core/index.ts";

/** Everything that is stored, as it stands (`protocol/rpc.md` 14). */
export interface Snapshot {
  readonly promises: readonly PromiseRecord[];
  /** Deadlines that will be noticed by themselves. */
  readonly promiseTimeouts: readonly { readonly id: string; readonly timeout: EpochMs }[];
  /** Those that are not woken yet. */
  readonly callbacks: readonly { readonly awaiter: string; readonly awaited: string }[];
  /** Those that are not told yet. */
  readonly listeners: readonly { readonly id: string; readonly address: string }[];
  readonly tasks: readonly TaskRecord[];
  /** When a pending task is offered again (0), and when a lease ends (1). */
  readonly taskTimeouts: readonly { readonly id: string; readonly type: 0 | 1; readonly timeout: EpochMs }[];
  /** Messages that are not delivered yet. */
  readonly messages: readonly { readonly address: string; readonly message: Undelivered }[];
}

export type Undelivered =
  | { readonly kind: "execute"; readonly task: { readonly id: string; readonly version: number } }
  | { readonly kind: "unblock"; readonly promise: PromiseRecord };

/** A clock in the client's hand, for tests: never part of a deployed service. */
export interface Debug {
  /** The request's own moment is the clock's from now on; unless the request is refused, and takes that back. */
  at(now: EpochMs): () => void;
  /** Nothing happens by itself any more, only by ticks. */
  start(): void;
  stop(): void;
  /** Forgets everything. */
  reset(): Promise<void>;
  /** Does what is due by this moment, as the timers would. */
  tick(now: EpochMs): Promise<void>;
  snap(): Promise<Snapshot>;
  /** Resolves when nothing more follows from what was written. */
  idle(): Promise<void>;
}

/** What tests may do with a store. */
export interface DebugStore {
  /** Ids of all promises, and all messages. */
  everything(): Promise<{ readonly promiseIds: readonly string[]; readonly messages: readonly Message[] }>;
  /** Forgets everything. */
  clear(): Promise<void>;
}
