/** Which changes of the store are announced, as what, and what becomes of those that cannot be. */

import { expect, it } from "vitest";
import type { PromiseImage } from "#lib/core/index.ts";
import type { Announcement } from "#lib/ports/bus.ts";
import { announce, announcementsOf } from "#lib/service/announce.ts";
import type { Changed } from "#lib/service/stream.ts";
import { imageOf } from "../support/images.ts";

const options = { service: "orders", withLocalSteps: false };

const promise = (before: Partial<PromiseImage> | undefined, after: Partial<PromiseImage>): Changed => ({
  key: { of: "promise", id: after.id ?? "p" },
  ...(before && { before: imageOf(before) }),
  after: imageOf(after),
});

const secret = {
  param: { data: "secret" },
  value: { data: "secret" },
  idempotencyKeyForCreate: "secret",
  idempotencyKeyForComplete: "secret",
  createToken: "secret",
  settleToken: "secret",
  callbacks: ["secret"],
  listeners: ["secret"],
  pid: "secret",
  taskToken: "secret",
};
const settled = {
  ...secret,
  state: "rejected_canceled",
  settledAt: 1_500,
  tags: { team: "music", "a.b": "c=d" },
} as const;

it("tells of a promise's end what rules may match on, and nothing else of it", () => {
  const [told] = announcementsOf(promise({ tags: settled.tags }, settled), options);
  expect(told).toEqual({
    eventId: expect.stringMatching(/^[0-9a-f]{32}$/),
    kind: "canceled",
    service: "orders",
    id: "p",
    state: "rejected_canceled",
    tags: { team: "music", "a.b": "c=d" },
    tagged: ["team=music", "a.b=c=d"],
    createdAt: 1_000,
    timeoutAt: 2_000,
    settledAt: 1_500,
  });
  expect(JSON.stringify(told)).not.toContain("secret");
});

it("hands a promise's trace on", () => {
  const trace = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
  expect(announcementsOf(promise(undefined, { trace }), options)).toMatchObject([{ kind: "created", trace }]);
});

it("gives a repeated event the id that it had, and no other event that id", () => {
  const born = promise(undefined, {});
  const ended = promise({}, { state: "resolved", settledAt: 1_500 });
  const ids = [born, ended, promise(undefined, { id: "q" }), promise(undefined, { createToken: "later" })].map(
    (changed) => announcementsOf(changed, options)[0]?.eventId,
  );
  expect(new Set(ids).size).toBe(4);
  expect(announcementsOf(born, options)[0]?.eventId).toBe(ids[0]);
});

it("leaves out the steps inside of workflows, unless they are asked for", () => {
  const step = promise(undefined, { tags: { "resonate:scope": "local" } });
  expect(announcementsOf(step, options)).toEqual([]);
  expect(announcementsOf(step, { ...options, withLocalSteps: true })).toMatchObject([{ kind: "created" }]);
});

it.each<[string, Changed]>([
  ["a schedule", { key: { of: "schedule", id: "s" }, after: { id: "s", createdAt: 1 } as never }],
  ["a promise that is gone", { key: { of: "promise", id: "p" }, before: imageOf() }],
  ["a promise that somebody waits for", promise({}, { listeners: ["http://a"] })],
])("says nothing of %s", (_, changed) => {
  expect(announcementsOf(changed, options)).toEqual([]);
});

it("has only those changes brought again that could not be read or told: no other waits for them", async () => {
  const put: Announcement[] = [];
  const bus = {
    async put(announcements: readonly Announcement[]) {
      put.push(...announcements);
      return announcements.map(({ id }) => (id === "refused" ? new Error("no") : undefined));
    },
  };
  const unreadable = () => {
    throw new Error("an item of format 2");
  };
  const changes = [
    () => promise(undefined, { id: "first" }),
    unreadable,
    () => promise({}, { id: "quiet" }),
    // Both of its events are refused, and it is brought again once.
    () => promise(undefined, { id: "refused", state: "resolved", settledAt: 1_000 }),
    () => promise(undefined, { id: "last" }),
  ];
  const { events, failures } = await announce(changes, { ...options, bus });
  expect(put.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
    "first created",
    "refused created",
    "refused resolved",
    "last created",
  ]);
  expect(events).toBe(4);
  expect(failures.map((failure) => (failure as Error | undefined)?.message)).toEqual([
    undefined,
    "an item of format 2",
    undefined,
    "no",
    undefined,
  ]);
});
