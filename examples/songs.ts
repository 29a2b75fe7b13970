/**
 * Drives a running server by plain HTTP, as its users would; says what happens, and checks what it says.
 *
 *   node examples/songs.ts [URL] [COUNT]
 *
 * URL is http://localhost:8001 unless given; COUNT, 10,000 unless given, is how many promises the race at the end is for.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { otherProcess } from "./other-process.ts";
import { type DurablePromise, promiseApi } from "./promise-api.ts";
import { race } from "./race.ts";
import { chapter, claim, running, tell } from "./telling.ts";

const [url = "http://localhost:8001", count = "10000"] = process.argv.slice(2);
const api = promiseApi(url);

/** Part of the ids that no other run may have made. */
const run = randomUUID().slice(0, 8);
const inAnHour = Date.now() + 3_600_000;
const year2100 = Date.UTC(2100);

async function purchase(): Promise<void> {
  chapter("A song is bought, and the buyer's phone asks twice");
  const id = `purchase/user/${run}/song/42`;
  const song = { id, timeout: inAnHour, param: { data: "Blue in Green" }, tags: { shop: "songs" } };

  const first = await api.create(song, `order-${run}`);
  tell(`create ${id}: ${first.status} ${first.body.state}`);
  claim("a new promise is answered 201 and is pending", first.status === 201 && first.body.state === "PENDING", first);

  const second = await api.create(song, `order-${run}`);
  tell(`create it again with the same idempotency key: ${second.status}, the promise that is there`);
  claim("a repeat with the same key is answered 200", second.status === 200, second);
  claim("a repeat creates nothing", second.body.createdOn === first.body.createdOn, second);

  const stranger = await api.create(song, "another order");
  tell(`create it with another key: ${stranger.status}, ${stranger.body.error.message}`);
  claim("another key is refused with 409", stranger.status === 409 && stranger.body.error.code === 40900, stranger);

  const paid = JSON.parse(await otherProcess("payment.ts", url, id));
  tell(`another process takes the payment and resolves it: ${paid.status} ${paid.state}`);
  claim("who completes a promise is answered 201", paid.status === 201, paid);

  const again = JSON.parse(await otherProcess("payment.ts", url, id));
  tell(`the payment is tried once more: ${again.status}, it is resolved already`);
  claim("a completion repeated with its key is answered 200", again.status === 200, again);

  const { body } = await api.read(id);
  tell(`read it: ${body.state}, "${body.value.data}"`);
  claim("the buyer sees the outcome", body.state === "RESOLVED" && body.value.data === "paid", body);
}

async function monthlyReports(): Promise<void> {
  chapter("A report is promised for every month of 2023");
  const prefix = "staging/analytics/monthly-report/";
  const months = Array.from({ length: 12 }, (_, month) => `2023-${String(month + 1).padStart(2, "0")}`);
  for (const month of months) {
    const id = prefix + month;
    // With the id as its key, a job that runs again finds the promises of the run before.
    const { status } = await api.create({ id, timeout: year2100 }, id);
    claim("a report is promised now (201) or was before (200)", status === 201 || status === 200, { id, status });
  }
  tell(`created ${prefix}${months.at(0)} to ${months.at(-1)}`);

  const found = (await find({ id: `${prefix}*` }, 12)).map(({ id }) => id.slice(prefix.length));
  tell(`found by ${prefix}*: ${found.length}, from ${found.at(0)} back to ${found.at(-1)}`);
  claim("a prefix finds all of them, newest first", found.join() === months.toReversed().join(), found);
}

async function opaqueIds(): Promise<void> {
  chapter("Ids that say nothing are found by their tags");
  const ids: string[] = Array.from({ length: 3 }, () => randomUUID());
  for (const [n, id] of ids.entries()) {
    await api.create({ id, timeout: inAnHour, tags: { album: run, kind: n === 0 ? "single" : "track" } });
  }
  tell(`created ${ids[0]} (single), ${ids[1]} and ${ids[2]} (tracks)`);

  const tracks = await find({ id: "*", "tags[album]": run, "tags[kind]": "track" }, 2);
  tell(`found by tags[album]=${run} and tags[kind]=track: ${tracks.map(({ id }) => id).join(" and ")}`);
  const isFound = tracks.length === 2 && tracks.every(({ id }) => ids.slice(1).includes(id));
  claim("tags find the promises that have all of them", isFound, tracks);
}

async function pods(): Promise<void> {
  chapter("Ids as Kubernetes writes them");
  const replicas = ["web-7d4b9c/x2v8k", "web-7d4b9c/q9z4m", "db-5f6c8d/t7h2p"];
  for (const replica of replicas) {
    const id = `default/pods/${replica}/ready`;
    await api.create({ id, timeout: year2100 }, id);
    await api.complete(id, { state: "RESOLVED" }, id);
  }
  for (const [pattern, expected] of [
    ["default/pods/web-7d4b9c/*", 2],
    ["default/*/ready", 3],
  ] as const) {
    const found = await find({ id: pattern, state: "resolved" }, expected);
    tell(`${pattern} finds ${found.map(({ id }) => id.replace("default/pods/", "…/")).join(", ")}`);
    claim(`${pattern} finds ${expected}`, found.length === expected, found);
  }
}

/** Searches until as many are found: the index that a search reads may be a moment behind the writes. */
async function find(query: Record<string, string>, expected: number): Promise<DurablePromise[]> {
  let found = await api.search(query);
  for (let again = 0; found.length < expected && again < 10; again++) {
    await sleep(200);
    found = await api.search(query);
  }
  return found;
}

async function deadline(): Promise<void> {
  chapter("Nobody keeps a promise, and its deadline comes");
  const id = `offer/${run}`;
  const { body: offer } = await api.create({ id, timeout: Date.now() + 1_500 });
  tell(`created ${id}, to be kept within 1.5 s: ${offer.state}`);
  claim("a promise is pending before its deadline", offer.state === "PENDING", offer);

  let looks = 0;
  let seen = offer;
  for (; seen.state === "PENDING" && looks < 10; looks++) {
    await sleep(2_000);
    seen = (await api.read(id)).body;
  }
  tell(`looked again after ${looks * 2} s: ${seen.state}, completed at its deadline to the millisecond`);
  claim("the deadline rejects a promise", seen.state === "REJECTED_TIMEDOUT", seen);
  claim("it is completed at its deadline, whenever that is noticed", seen.completedOn === offer.timeout, seen);
}

async function cancellation(): Promise<void> {
  chapter("A promise is called off");
  const id = `concert/${run}`;
  await api.create({ id, timeout: inAnHour });
  const off = await api.complete(id, { state: "REJECTED_CANCELED", value: { data: "rain" } });
  tell(`cancel ${id}: ${off.status} ${off.body.state}`);
  claim("a pending promise can be canceled", off.status === 201 && off.body.state === "REJECTED_CANCELED", off);

  const late = await api.complete(id, { state: "RESOLVED" });
  tell(`resolve it after all: ${late.status}, ${late.body.error.message}`);
  claim("what is completed never changes", late.status === 403 && late.body.error.code === 40302, late);
}

await running(async () => {
  const isThere = await fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
  claim(`a server answers at ${url}; "npm start" starts one`, isThere);
  await purchase();
  await monthlyReports();
  await opaqueIds();
  await pods();
  await deadline();
  await cancellation();
  await race(url, run, Number(count));
  console.log("\nAll of this was checked.");
});
