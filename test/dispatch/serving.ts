import { setTimeout as sleep } from "node:timers/promises";

/** Waits until it is so, for a while. */
export async function until(isSo: () => boolean, msMax = 5_000): Promise<void> {
  for (const tooLate = Date.now() + msMax; !isSo(); ) {
    if (Date.now() > tooLate) {
      throw new Error(`not so within ${msMax} ms: ${isSo}`);
    }
    await sleep(2);
  }
}
