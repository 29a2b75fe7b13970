import type { EpochMs, Trace } from "#lib/core/index.ts";

/** Something that takes time, as part of a trace. */
export interface Span {
  /** What is done on account of it bears this. */
  readonly trace: Pick<Trace, "traceparent" | "tracestate">;
  /**
   * @param name What it was, in a few words of a closed vocabulary: never an id.
   * @param attributes Never a payload, a credential or an id.
   */
  end(name: string, attributes: Readonly<Record<string, string | number>>, isFailed: boolean): void;
}

/** Tells a collector of traces what was done, and what it belongs to. */
export interface Tracing {
  /**
   * @param kind A `server` answers, a `producer` sends.
   * @param parent What it is done on account of, which also says whether it is kept; absent: a trace of its own begins.
   * @param beganAt When it began, unless that is now.
   */
  begin(
    kind: "server" | "producer",
    parent: Pick<Trace, "traceparent" | "tracestate"> | undefined,
    beganAt?: EpochMs,
  ): Span;
  /** Hands over what has ended. A collector that cannot be reached is no error. */
  flush(): Promise<void>;
}
