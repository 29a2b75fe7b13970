import type { Cost } from "./store.ts";

/** Where payloads are kept that are too large for the table: each a text, under a key that is used once. */
export interface Bodies {
  /** @throws Fault `storeUnavailable`, `storeFailed` */
  put(key: string, text: string, cost: Cost): Promise<void>;
  /** @throws Fault `storeUnavailable`; `storeFailed` where there is none: something refers to it, so that it was lost. */
  get(key: string, cost: Cost): Promise<string>;
  /** Whether or not it is there. */
  delete(key: string, cost: Cost): Promise<void>;
}
