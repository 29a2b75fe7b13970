/**
 * A receiver that goes away for an hour and comes back: everything arrives by itself.
 *
 * Method: a real server whose clock is in the test's hand, and a real receiver.
 */

import type { RequestListener } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { until } from "../dispatch/serving.ts";
import { everyDebuggable, openDebugged } from "../protocol/rpc/debugged.ts";
import { serve } from "../support/listener.ts";

const minute = 60_000;
const timeout = 4_102_444_800_000;

it.each(everyDebuggable)("over %s", async (_, open) => {
  const { ask, rpc, close, failures } = await openDebugged(open);
  onTestFinished(close);
  let isThere = false;
  let refused = 0;
  const taken: { readonly webhookId: string; readonly promiseId: string }[] = [];
  const listener: RequestListener = async (request, response) => {
    const text = (await request.toArray()).join("");
    if (isThere) {
      const { data } = JSON.parse(text);
      taken.push({ webhookId: String(request.headers["webhook-id"]), promiseId: data.promise.id });
    } else {
      refused += 1;
    }
    response.writeHead(isThere ? 204 : 503).end();
  };
  const { url } = await serve(listener);
  let now = Date.now();
  const complete = async (id: string) => {
    await ask("POST", "/promises", { id, timeout });
    await ask("POST", `/promises/subscribe/${id}`, { id: "s", timeout, recv: url });
    await ask("PATCH", `/promises/${id}`, { state: "RESOLVED" });
  };
  const pass = async (minutes: number) => {
    for (let passed = 0; passed < minutes; passed++) {
      now += minute;
      await rpc("debug.tick", { time: now });
      // Receivers are not waited for by the clock.
      await sleep(10);
    }
  };
  const endpoints = async () => (await ask("GET", "/endpoints")).body.endpoints;

  await rpc("debug.start", {});
  await rpc("debug.tick", { time: now });
  const ids = Array.from({ length: 25 }, (_, n) => `order/${n}`);
  for (const id of ids.slice(0, 5)) {
    await complete(id);
  }
  await pass(15);
  await expect.poll(async () => (await endpoints())[0]?.state).toBe("paused");
  expect(await endpoints()).toMatchObject([
    { address: `${url}/`, lastStatus: 503, lastError: "the receiver answered 503" },
  ]);
  for (const id of ids.slice(5)) {
    await complete(id);
  }
  const before = refused;
  await pass(45);
  expect(refused - before).toBeLessThan(10);
  expect((await ask("GET", "/messages?state=held")).body.messages).toHaveLength(ids.length);
  expect(taken).toEqual([]);

  isThere = true;
  await pass(62);
  await until(() => taken.length >= ids.length);
  expect(taken.map(({ promiseId }) => promiseId).toSorted()).toEqual(ids.toSorted());
  expect(new Set(taken.map(({ webhookId }) => webhookId)).size).toBe(ids.length);
  await expect.poll(endpoints).toEqual([]);
  expect((await ask("GET", "/messages?state=held")).body.messages).toEqual([]);
  expect(failures).toEqual([]);
});
