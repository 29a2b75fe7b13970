import type { Tally } from "./competitor.ts";
import { inParallel } from "./in-parallel.ts";
import { otherProcess } from "./other-process.ts";
import { promiseApi } from "./promise-api.ts";
import { chapter, claim, tell } from "./telling.ts";

const competitors = ["Ada", "Grace", "Barbara"] as const;

/** Long enough for every competitor to have started. */
const startMs = 1_000;

/** Many promises, created at once; three processes that all try to complete all of them. */
export async function race(url: string, run: string, count: number): Promise<void> {
  chapter(`${number(count)} promises, and three processes that each try to complete them all`);
  const api = promiseApi(url);
  const prefix = `race/${run}/`;
  const timeout = Date.now() + 3_600_000;

  const created = await timed(() =>
    inParallel(Array(count).keys(), async (n) => {
      const { status } = await api.create({ id: `${prefix}${n}`, timeout });
      claim("a new promise is answered 201", status === 201, { n, status });
    }),
  );
  tell(`created ${number(count)}: ${rate(count, created.ms)}`);

  const start = String(Date.now() + startMs);
  const completed = await timed(() =>
    Promise.all(competitors.map((name) => otherProcess("competitor.ts", url, name, prefix, String(count), start))),
  );
  const tallies = completed.result.map((printed): Tally => JSON.parse(printed));
  for (const [n, { won, refused }] of tallies.entries()) {
    tell(`${competitors[n]} completed ${number(won)} and was refused ${number(refused)} times`);
  }
  tell(`tried ${number(count * competitors.length)}: ${rate(count * competitors.length, completed.ms - startMs)}`);

  const wins = tallies.reduce((sum, { won }) => sum + won, 0);
  const attempts = tallies.reduce((sum, { won, refused }) => sum + won + refused, 0);
  claim("each promise was completed exactly once", wins === count, { wins, count });
  claim("every attempt was answered", attempts === count * competitors.length, { attempts });

  const resolved = await api.search({ id: `${prefix}*`, state: "resolved" });
  for (const [n, { won }] of tallies.entries()) {
    const kept = resolved.filter(({ value }) => value.data === competitors[n]).length;
    claim("a promise keeps the value of the one who completed it", kept === won, { who: competitors[n], kept, won });
  }
  tell(`completed ${number(wins)}, none twice: each keeps the value of the one process that was answered 201`);
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const started = performance.now();
  return { result: await work(), ms: performance.now() - started };
}

const number = (count: number): string => count.toLocaleString("en");

const rate = (count: number, ms: number): string =>
  `${(ms / 1_000).toFixed(1)} s, ${number(Math.round((count / ms) * 1_000))} a second`;
