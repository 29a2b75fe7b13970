import { Fault } from "#lib/core/index.ts";
import type { Bodies } from "#lib/ports/bodies.ts";

/** Payloads in memory, and what a test may look at of them. */
export interface BodiesInMemory extends Bodies {
  readonly kept: ReadonlyMap<string, string>;
}

export function bodiesInMemory(): BodiesInMemory {
  const kept = new Map<string, string>();
  return {
    kept,
    put: async (key, text) => void kept.set(key, text),
    async get(key) {
      const text = kept.get(key);
      if (text === undefined) {
        throw new Fault("storeFailed", {}, { cause: new Error(`no payload under ${key}`) });
      }
      return text;
    },
    delete: async (key) => void kept.delete(key),
  };
}
