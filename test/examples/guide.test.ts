/**
 * The story of docs/guide.md: a server, a worker that is killed in the middle, and a buyer who waits.
 *
 * @module
 */

import { describe, expect, it } from "vitest";
import { kept, playing, pythonAbsent } from "./scripts.ts";

const whole = "charged ada\ndelivered Blue in Green to ada\n";

/** Python counts steps from one. */
const survives = (worker: string, firstStep: string) =>
  playing(async (run, url) => {
    const first = run(worker);
    const buyer = run("guide/buy.ts", "purchase/1");
    await kept(url, `purchase/1:${firstStep}`);
    await first.kill("SIGKILL");
    const second = run(worker);
    expect(await buyer.ended()).toBe("receipt of ada\n");
    expect(first.said() + second.said()).toBe(whole);
    expect(await run("guide/buy.ts", "purchase/1").ended()).toBe("receipt of ada\n");
    expect(first.said() + second.said()).toBe(whole);
  });

describe.concurrent("The guide", () => {
  it(
    "sells a song, one step after the other",
    playing(async (run) => {
      const worker = run("guide/worker.ts");
      expect(await run("guide/buy.ts", "purchase/1").ended()).toBe("receipt of ada\n");
      expect(worker.said()).toBe(whole);
    }),
  );

  it(
    "takes each step once though its worker is killed, and sells a song once though it is asked twice",
    survives("guide/worker.ts", "0"),
  );

  it.skipIf(pythonAbsent !== undefined)(
    `does the same in Python${pythonAbsent === undefined ? "" : ` (${pythonAbsent})`}`,
    survives("guide/worker.py", "1"),
  );
});
