/** Lifecycle events on their way to a bus, as a server in this process plays it. */

import { text as textOf } from "node:stream/consumers";
import { beforeEach, expect, it } from "vitest";
import { limits } from "#lib/core/index.ts";
import { type Entry, eventBus, putMax, toEntry } from "#lib/dispatch/aws/bus.ts";
import type { Announcement } from "#lib/ports/bus.ts";
import { serveAll } from "../support/listener.ts";

interface Put {
  readonly target: string | undefined;
  readonly entries: readonly Entry[];
}

let puts: Put[];
/** What the bus says of each entry of the next requests, by the entry's id; absent: it takes all. */
let refusals: ((id: string) => string | undefined)[];
let statuses: number[];

const idOf = ({ Detail }: Entry): string => JSON.parse(Detail).id;

const origin = serveAll(async (request, response) => {
  const { Entries } = JSON.parse(await textOf(request)) as { Entries: Entry[] };
  puts.push({ target: request.headers["x-amz-target"] as string, entries: Entries });
  const refuse = refusals.shift() ?? (() => undefined);
  const answered = Entries.map((entry, at) => {
    const ErrorCode = refuse(idOf(entry));
    return ErrorCode === undefined ? { EventId: `event-${at}` } : { ErrorCode, ErrorMessage: "arn:aws:events:secret" };
  });
  const FailedEntryCount = answered.filter((each) => "ErrorCode" in each).length;
  response.writeHead(statuses.shift() ?? 200).end(JSON.stringify({ FailedEntryCount, Entries: answered }));
});

beforeEach(() => {
  puts = [];
  refusals = [];
  statuses = [];
});

const name = "arn:aws:events:eu-west-1:123456789012:event-bus/told";
const put = (announcements: readonly Announcement[]) =>
  eventBus(
    {
      name: "events",
      region: "eu-west-1",
      endpoint: new URL(origin()),
      credentials: { accessKeyId: "id", secretAccessKey: "secret" },
      answerMsMax: 2_000,
    },
    name,
  ).put(announcements);

const announcement = (id: string, tags: Announcement["tags"] = {}): Announcement => ({
  eventId: `e-${id}`,
  kind: "created",
  service: "s",
  id,
  state: "pending",
  tags,
  tagged: Object.entries(tags).map(([tag, value]) => `${tag}=${value}`),
  createdAt: 1_000,
  timeoutAt: 2_000,
});

const numbered = (count: number) => Array.from({ length: count }, (_, at) => announcement(`p${at}`));

it("tells what happened by the detail type, and of whom by the detail", async () => {
  const told = announcement("order/1", { team: "music" });
  expect(await put([told])).toEqual([undefined]);
  const { kind: _, ...detail } = told;
  expect(puts).toEqual([
    {
      target: "AWSEvents.PutEvents",
      entries: [{ EventBusName: name, Source: "resonate", DetailType: "promise.created", Detail: expect.anything() }],
    },
  ]);
  expect(JSON.parse(puts[0]?.entries[0]?.Detail ?? "")).toEqual(detail);
});

it("puts ten at a time, each once, and says in order what became of them", async () => {
  expect(await put(numbered(23))).toEqual(Array.from({ length: 23 }, () => undefined));
  expect(puts.map(({ entries }) => entries.length).toSorted((a, b) => a - b)).toEqual([3, 10, 10]);
  const ids = puts.flatMap(({ entries }) => entries.map(idOf));
  expect(ids.toSorted()).toEqual(
    numbered(23)
      .map(({ id }) => id)
      .toSorted(),
  );
});

it("puts nothing where nothing has happened", async () => {
  expect(await put([])).toEqual([]);
  expect(puts).toEqual([]);
});

it("puts no more bytes at a time than a request may have, of promises as large as they may be", async () => {
  const largest = Array.from({ length: 9 }, (_, at) =>
    announcement(`${at}${"\u0001".repeat(limits.idBytesMax - 1)}`, { tag: "x".repeat(limits.tagsBytesMax - 10) }),
  );
  expect(await put(largest)).toEqual(largest.map(() => undefined));
  expect(puts.length).toBeGreaterThan(1);
  for (const { entries } of puts) {
    const bytes = entries.map(({ Source, DetailType, Detail }) => Buffer.byteLength(Source + DetailType + Detail));
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(putMax.bytes);
  }
  expect(toEntry(largest[0] as Announcement, name).Detail.length).toBeLessThan(putMax.bytes / 2);
});

it("puts again what the bus has refused, and only that", async () => {
  refusals = [(id) => (id === "p1" || id === "p3" ? "ThrottlingException" : undefined), () => undefined];
  expect(await put(numbered(5))).toEqual(Array.from({ length: 5 }, () => undefined));
  expect(puts.map(({ entries }) => entries.map(idOf))).toEqual([
    ["p0", "p1", "p2", "p3", "p4"],
    ["p1", "p3"],
  ]);
});

it("says of what is refused to the end why it was, in the bus's word for it alone", async () => {
  const refuse = (id: string) => (id === "p1" ? "InternalFailure" : undefined);
  refusals = [refuse, refuse, refuse, refuse];
  const [first, second] = await put(numbered(2));
  expect([first, second?.message]).toEqual([undefined, "the bus refused an event: InternalFailure"]);
  expect(puts.map(({ entries }) => entries.length)).toEqual([2, 1, 1]);
});

it.each([
  [403, 1],
  [500, 3],
])("of a request answered %i every event has failed, after %i attempts", async (status, attempts) => {
  statuses = [status, status, status, status];
  const failures = await put(numbered(2));
  expect(failures.map((failure) => failure?.message)).toEqual(
    Array.from({ length: 2 }, () => expect.stringContaining(`events answered ${status}`)),
  );
  expect(puts).toHaveLength(attempts);
});
