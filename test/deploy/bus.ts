/**
 * Lifecycle events, and the patterns that the page of events shows for them.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { create, type PromiseImage, run, type Tags } from "#lib/core/index.ts";
import { toEntry } from "#lib/dispatch/aws/bus.ts";
import { call, json } from "#lib/dispatch/aws/call.ts";
import { announcementsOf } from "#lib/service/announce.ts";
import type { Emulator } from "./emulator.ts";

/** Asks the emulator's event buses. */
export const eventBridge =
  ({ url }: Emulator) =>
  async (action: string, body: object): Promise<Record<string, unknown>> => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const service = { name: "events", region: "us-east-1", endpoint: new URL(url), credentials, answerMsMax: 5_000 };
    return JSON.parse((await call(service, json("1.1", `AWSEvents.${action}`, body))) || "{}");
  };

/** Made by the functions that the service makes them with: a promise's creation, or its end. */
function event(id: string, tags: Tags, ended?: PromiseImage["state"]): object {
  const moment = { now: 1_000, token: id, retryMs: 30_000, subscriptions: [] };
  const { image: born } = run(create({ id, param: {}, tags, timeoutAt: 2_000 }, moment).write, undefined);
  const after = { ...(born as PromiseImage), ...(ended && { state: ended, settledAt: 1_500 }) };
  const changed = { key: { of: "promise", id }, ...(ended && born && { before: born }), after } as const;
  const [told] = announcementsOf(changed, { service: "s", withLocalSteps: false });
  if (told === undefined) {
    throw new Error(`nothing is announced of ${id}`);
  }
  const { Source, DetailType, Detail } = toEntry(told, "default");
  return {
    version: "0",
    id: told.eventId,
    account: "000000000000",
    region: "us-east-1",
    time: "2026-11-26T00:00:00Z",
    resources: [],
    source: Source,
    "detail-type": DetailType,
    detail: JSON.parse(Detail),
  };
}

const events = {
  "an order's creation": event("order/1", { team: "music", customer: "eu-7" }),
  "an order's rejection": event("order/1", { team: "music" }, "rejected"),
  "an order's time-out": event("order/2", { team: "film", customer: "us-1" }, "rejected_timedout"),
  "another's time-out": event("report/order/2", { customer: "eu-9" }, "rejected_timedout"),
  "a gold one's resolution": event("report/1", { "app.example/tier": "gold" }, "resolved"),
  "a silver one's cancellation": event("report/2", { "app.example/tier": "silver" }, "rejected_canceled"),
  "a timer's end": event("nap/1", { "resonate:timer": "true" }, "resolved"),
  "a task's creation": event("bill/1", { "resonate:target": "poll://any@billing" }),
} as const;

/** An event that is no promise's. */
const foreign = { ...events["an order's rejection"], source: "another" };

type Name = keyof typeof events | "a stranger";

export const asEvent = (name: string): object =>
  name === "a stranger" ? foreign : events[name as keyof typeof events];

/** By the titles of the page, which of the events each of its patterns matches. */
const expected: Readonly<Record<string, readonly Name[]>> = {
  "One kind of end, of ids with a prefix": ["an order's rejection", "an order's time-out"],
  "A tag's value": ["an order's creation", "an order's rejection", "an order's time-out"],
  "A tag whose name has a dot in it": ["a gold one's resolution"],
  "A tag's value by its beginning": ["an order's creation", "another's time-out"],
  "Every end, whatever it is": [
    "an order's rejection",
    "an order's time-out",
    "another's time-out",
    "a gold one's resolution",
    "a silver one's cancellation",
    "a timer's end",
  ],
  "Ends but for timers": ["a gold one's resolution"],
  "What was created for one target": ["a task's creation"],
};

export const eventNames: readonly string[] = [...Object.keys(events), "a stranger"];

/** The page's patterns by their titles, and what each is to match. A pattern that nothing is known of matches nothing. */
export function announcedPatterns(): [title: string, pattern: string, matched: readonly string[]][] {
  const page = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
  const shown = [...page.matchAll(/^### (.+)\n[\s\S]*?```json\n([\s\S]*?)```/gm)];
  return shown.map(([, title = "", pattern = ""]) => [title, pattern, expected[title] ?? []]);
}
