import type { LifecycleKind, PromiseRecord, Trace } from "#lib/core/index.ts";
import type { SecretName } from "./signer.ts";

/** A message on its way to an address: an offer of a task, or news of a promise. */
export type Outgoing = {
  readonly address: string;
  /** The trace that the promise belongs to, handed on. */
  readonly trace?: Trace;
  /** What the receiver knows the message by, at however many attempts. Absent: an offer, each one a message of its own. */
  readonly messageId?: string;
  /** The secrets that its receiver has of its own; absent: the service's sign it. */
  readonly signedBy?: readonly SecretName[];
} & (
  | { readonly kind: "execute"; readonly id: string; readonly version: number }
  | { readonly kind: "unblock"; readonly promise: PromiseRecord }
  /** What has happened to a promise, for a subscription that asks for it. */
  | {
      readonly kind: "event";
      readonly event: LifecycleKind;
      readonly subscription: string;
      readonly promise: PromiseRecord;
    }
);

/** `sent`: handed to a receiver. `nobody`: no receiver is there to take it now, so the message must wait. */
export type Sent = "sent" | "nobody";

/** What a receiver has answered that did not take a message. */
export class Refusal extends Error {
  /** The status of HTTP. */
  readonly status: number;
  /** How long it asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, retryAfterMs?: number) {
    super(`the receiver answered ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What kept a message from being sent is no doing of its receiver's. What it says may be shown. */
export class Unsent extends Error {}

export interface Transport {
  /**
   * @param onAnswer Told of the status that a receiver has answered with.
   * @throws Error where it could not be handed over; what it says may be shown, so it holds no secrets and no bodies.
   * A {@link Refusal} where the receiver has answered, {@link Unsent} where it was not asked.
   */
  send(message: Outgoing, onAnswer?: (status: number) => void): Promise<Sent>;
}

/** Who listens on a stream: a member of a group. */
export interface Worker {
  readonly group: string;
  readonly id: string;
}

/** The way to a worker that listens. */
export interface PollStream {
  /** Sends one message; false: the receiver does not keep up or is gone, and the message was not taken. */
  write(text: string): boolean;
  /** Whether the worker may be told of the promise; absent: of all. What it may not, is as if it were not there. */
  readonly mayHave?: (promiseId: string) => boolean;
  close(): void;
}

/** What the owner of a stream tells of it. */
export interface PollConnection {
  /** The receiver keeps up again. */
  drained(): void;
  /** The receiver is gone. */
  gone(): void;
}

/** What workers that listen on a stream are connected to. */
export interface Listeners {
  /** Undefined: no more workers are taken. */
  connect(worker: Worker, stream: PollStream): PollConnection | undefined;
}

/** Where workers that listen on a stream are kept. */
export interface PollHub extends Transport, Listeners {
  /** The mailboxes whose messages a connected worker would take now. */
  mailboxes(): readonly string[];

  /** Has somebody told of the mailboxes that a worker has come for, or takes from again: what waits there can be sent. */
  onReady(tell: (mailboxes: readonly string[]) => void): void;

  /** A process has acquired the task: the offer of it is answered. */
  taken(taskId: string, pid: string): void;

  /** A process has let a lease run out: it may have frozen, and gets nothing while others are there. */
  lapsed(pid: string): void;

  /** A process has tried to acquire a task, even in vain: it is at work. */
  heardFrom(pid: string): void;

  readonly connected: number;

  /** Ends all streams, and takes no more workers. */
  closeAll(): void;
}
