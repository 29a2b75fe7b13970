/** What the worker program uses of the TypeScript client; both releases have it. */
export interface Sdk {
  readonly Resonate: new (options: {
    url: string;
    group: string;
    pid: string;
    ttl: number;
    token?: string;
    logger: Logger;
    network?: Network;
  }) => Resonate;
  readonly HttpNetwork: new (options: { url: string; token?: string; logger: Logger; adapter: Adapter }) => Network;
  readonly Never: new () => RetryPolicy;
  readonly Constant: new (options: { delay: number }) => RetryPolicy;
}

type Network = object;

/** How messages come to the client. */
export interface Adapter {
  readonly unicast: string;
  readonly anycast: string;
  match(target: string): string;
  init(): Promise<void>;
  stop(): Promise<void>;
  onReceive(callback: (message: object) => void): void;
}

type RetryPolicy = object;
type Options = object;

export type Logger = Record<"debug" | "info" | "warn" | "error", (details: unknown, message?: string) => void>;

/** What is yielded to the client, and what it gives back. */
export interface Durable<T> {
  [Symbol.iterator](): Generator<unknown, T, unknown>;
}

export interface Future extends Durable<unknown> {
  readonly id: string;
}

export type Step = (context: Context, ...args: never[]) => unknown;

export interface Context {
  run(step: Step, ...args: unknown[]): Durable<unknown>;
  rpc(name: string, ...args: unknown[]): Durable<unknown>;
  beginRpc(name: string, ...args: unknown[]): Durable<Future>;
  detached(name: string, ...args: unknown[]): Durable<Future>;
  promise(options: { timeout: number }): Durable<Future>;
  sleep(ms: number): Durable<void>;
  options(options: { target?: string; retryPolicy?: RetryPolicy; version?: number }): Options;
}

export interface Handle {
  readonly id: string;
  result(): Promise<unknown>;
}

export interface Resonate {
  readonly promises: { cancel(id: string): Promise<unknown> };
  register(name: string, step: Step, options?: { version?: number }): unknown;
  beginRun(id: string, name: string, ...args: unknown[]): Promise<Handle>;
  beginRpc(id: string, name: string, ...args: unknown[]): Promise<Handle>;
  get(id: string): Promise<Handle>;
  schedule(id: string, cron: string, name: string, ...args: unknown[]): Promise<{ delete(): Promise<void> }>;
  options(options: { target?: string; version?: number; timeout?: number }): Options;
}
