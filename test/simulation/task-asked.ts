/**
 * The requests of `protocol/rpc.md` 7 about promises and tasks, and their answers, in the words of the simulation.
 *
 * @module
 */

export type Verdict = "resolved" | "rejected" | "rejected_canceled";

export interface Birth {
  readonly id: string;
  readonly timeoutAt: number;
  readonly param: object;
  readonly tags: Readonly<Record<string, string>>;
}

export interface End {
  readonly id: string;
  readonly verdict: Verdict;
  readonly value: object;
}

export interface Hold {
  readonly id: string;
  readonly version: number;
}

export type Request =
  | ({ readonly kind: "create" } & Birth)
  | ({ readonly kind: "settle" } & End)
  | { readonly kind: "get" | "task.get"; readonly id: string }
  | { readonly kind: "halt" | "continue"; readonly id: string }
  | { readonly kind: "callback"; readonly awaited: string; readonly awaiter: string }
  | { readonly kind: "listener"; readonly awaited: string; readonly address: string }
  | ({ readonly kind: "task.create"; readonly pid: string; readonly ttl: number } & Birth)
  | ({ readonly kind: "acquire"; readonly pid: string; readonly ttl: number } & Hold)
  | ({ readonly kind: "release" } & Hold)
  | ({ readonly kind: "fulfill" } & End & Hold)
  | ({ readonly kind: "suspend"; readonly awaited: readonly string[] } & Hold)
  | ({ readonly kind: "fence.create"; readonly what: Birth } & Hold)
  | ({ readonly kind: "fence.settle"; readonly what: End } & Hold)
  | { readonly kind: "heartbeat"; readonly pid: string; readonly tasks: readonly Hold[] };

/** What a request is answered: records as clients see them, or the name of a fault. */
export type Answer =
  | { readonly promise?: object; readonly task?: object; readonly isHeldStill?: true }
  | { readonly fault: string };
