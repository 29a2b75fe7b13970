import { expect } from "vitest";
import type { OpenStore } from "../support/stores.ts";
import { type Concurrent, type Recorded, record } from "./history.ts";
import { isLinearizable, type Operation } from "./linearize.ts";

/**
 * Lets the clients meet over a store of their own, and judges what comes of it.
 *
 * @param calm Ends what troubles the store. Without trouble, every request is answered.
 */
export async function judge(open: OpenStore, each: Concurrent, calm?: () => void): Promise<void> {
  const { store, close } = await open();
  try {
    judgeOf(await record(store, each, calm), calm !== undefined);
  } finally {
    close();
  }
}

/** @param isTroubled Whether requests may have stayed without an answer, and been repeated by the client of the store. */
export function judgeOf({ history, left }: Recorded, isTroubled: boolean): void {
  expect(left, "what is left in the end").toEqual([]);
  expect(
    history.filter(({ answer }) => !isTroubled && answer === undefined),
    "requests without an answer",
  ).toEqual([]);
  expect(isLinearizable(history, isTroubled), `no order explains this history:\n${told(history)}`).toBe(true);
}

const told = (history: readonly Operation[]): string =>
  history
    .toSorted((a, b) => a.from - b.from)
    .map(
      ({ from, to, now, asked, answer }) =>
        `${from}-${to} at ${now} ${JSON.stringify(asked)} => ${JSON.stringify(answer)}`,
    )
    .join("\n");
