import { expect } from "vitest";
import type { OpenStore } from "../support/stores.ts";
import { type Concurrent, record } from "./history.ts";
import { isLinearizable, type Operation } from "./linearize.ts";

/**
 * Lets the clients meet over a store of their own, and judges what comes of it.
 *
 * @param calm Ends what troubles the store. Without trouble, every request is answered.
 */
export async function judge(open: OpenStore, each: Concurrent, calm?: () => void): Promise<void> {
  const { store, close } = await open();
  try {
    const { history, left } = await record(store, each, calm);
    expect(left, "what is left in the end").toEqual([]);
    expect(
      history.filter(({ answer }) => calm === undefined && answer === undefined),
      "requests without an answer",
    ).toEqual([]);
    expect(isLinearizable(history, calm !== undefined), `no order explains this history:\n${told(history)}`).toBe(true);
  } finally {
    close();
  }
}

const told = (history: readonly Operation[]): string =>
  history
    .toSorted((a, b) => a.from - b.from)
    .map(
      ({ from, to, now, asked, answer }) =>
        `${from}-${to} at ${now} ${JSON.stringify(asked)} => ${JSON.stringify(answer)}`,
    )
    .join("\n");
