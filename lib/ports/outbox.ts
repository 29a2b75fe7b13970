import type { Message, PromiseRecord, Trace } from "#lib/core/index.ts";
import type { DueEntry } from "./store.ts";

/** A message for whoever sends, who knows no promises: everything that sending takes. */
export type Parcel =
  | {
      readonly kind: "execute";
      readonly address: string;
      readonly id: string;
      readonly version: number;
      readonly trace?: Trace;
    }
  | { readonly kind: "unblock" | "event"; readonly message: Message; readonly promise: Traced };

/** A promise, and the trace that it belongs to. */
export type Traced = PromiseRecord & { readonly trace?: Trace };

/** Where messages are put that somebody else is to send. */
export interface Outbox {
  put(parcel: Parcel): Promise<void>;
}

/** Where it is put down that somebody is to look at a thing at its time. Losing one only delays it: the sweep finds it. */
export interface Delays {
  put(entries: readonly DueEntry[]): Promise<void>;
}
