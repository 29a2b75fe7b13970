/** Schedules at work: each planned moment makes one promise, whoever looks, and however late. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { everyStore } from "../support/stores.ts";
import { type AtWork, offeredOf, openAtWork } from "./at-work.ts";

const minute = 60_000;
const at = (text: string) => Date.parse(text);
const noon = at("2026-11-25T12:00:00Z");
const target = { "resonate:target": "poll://any@g" };

describe.each(everyStore)("Over %s, a schedule", (_, open) => {
  let atWork: AtWork;

  beforeEach(async () => {
    atWork = await openAtWork(open);
    atWork.door.clock.now = noon;
  });
  afterEach(() => atWork.door.close());

  async function create(fields: object = {}): Promise<void> {
    const { status } = await atWork.door.ask("POST", "/schedules", {
      id: "s",
      cron: "*/10 * * * *",
      promiseId: "{{.id}}.{{.timestamp}}",
      promiseTimeout: 60 * minute,
      promiseTags: target,
      ...fields,
    });
    expect(status).toBe(201);
  }

  const schedule = async () => (await atWork.door.ask("GET", "/schedules/s")).body;
  const promise = async (id: string) => (await atWork.door.ask("GET", `/promises/${id}`)).body;

  /** All promises, oldest first; steps apart, a search shows them all. */
  async function made(): Promise<{ id: string; state: string; createdOn: number }[]> {
    const { body } = await atWork.door.ask("GET", "/promises?id=*");
    expect(body.cursor === null || body.promises.length === 100).toBe(true);
    return body.promises.toReversed();
  }
  const madeIds = async () => (await made()).map(({ id }) => id);
  const planned = (...minutes: number[]) => minutes.map((each) => `s.${noon + each * minute}`);

  it("makes a promise at the planned moment, not before, and offers its task", async () => {
    await create({ promiseParam: { data: "go" } });
    await atWork.workUntil(noon + 10 * minute - 1);
    expect(await madeIds()).toEqual([]);
    await atWork.workUntil(noon + 10 * minute);
    const [id = ""] = planned(10);
    expect(await promise(id)).toEqual({
      id,
      state: "PENDING",
      param: { data: "go" },
      value: {},
      timeout: noon + 70 * minute,
      tags: {
        ...target,
        "resonate:schedule": "s",
        "resonate:invocation": "true",
        "resonate:origin": id,
        "resonate:branch": id,
        "resonate:parent": id,
        "resonate:prefix": id,
      },
      idempotencyKeyForCreate: id,
      createdOn: noon + 10 * minute,
    });
    expect(offeredOf(atWork)).toEqual([id]);
    expect(await schedule()).toMatchObject({ lastRunTime: noon + 10 * minute, nextRunTime: noon + 20 * minute });
  });

  it("makes up for what was missed, oldest first, none skipped and none twice", async () => {
    await create();
    await atWork.workUntil(noon + 35 * minute);
    expect(offeredOf(atWork)).toEqual(planned(10, 20, 30));
    expect(await made()).toMatchObject([10, 20, 30].map((each) => ({ createdOn: noon + each * minute })));
    await atWork.workUntil(noon + 35 * minute);
    expect(offeredOf(atWork)).toEqual(planned(10, 20, 30));
    expect(await schedule()).toMatchObject({ lastRunTime: noon + 30 * minute, nextRunTime: noon + 40 * minute });
  });

  it("makes up for more than one look takes", async () => {
    await create({ cron: "* * * * *", promiseTimeout: 999 * minute });
    await atWork.workUntil(noon + 250 * minute);
    expect(offeredOf(atWork)).toEqual(planned(...Array.from({ length: 250 }, (_, n) => n + 1)));
  });

  it("that several processes look at at once runs each time once", async () => {
    await create();
    atWork.door.clock.now = noon + 45 * minute;
    const processes = Array.from({ length: 4 }, () => atWork.process());
    await Promise.all(processes.map((each) => each.thing({ of: "schedule", id: "s" }, { roundTrips: 0 })));
    expect(offeredOf(atWork).toSorted()).toEqual(planned(10, 20, 30, 40));
    expect(await madeIds()).toEqual(planned(10, 20, 30, 40));
    expect(await schedule()).toMatchObject({ nextRunTime: noon + 50 * minute });
  });

  it("that is deleted while it makes up for what was missed makes nothing more, and what it has made stays", async () => {
    await create();
    atWork.receive = async ({ kind }) => {
      if (kind === "execute" && atWork.sent.length === 1) {
        expect((await atWork.door.ask("DELETE", "/schedules/s")).status).toBe(204);
      }
      return "sent";
    };
    await atWork.workUntil(noon + 55 * minute);
    expect(await madeIds()).toEqual(planned(10, 20));
    expect((await atWork.door.ask("GET", "/schedules/s")).status).toBe(404);
  });

  /** A process that has read the schedule as it is now, and will act on that. */
  async function behind(): Promise<() => Promise<number>> {
    const read = await atWork.door.store.find({ of: "schedule", id: "s" }, { roundTrips: 0 });
    const slow = atWork.process({ find: async () => read as never });
    return () => slow.thing({ of: "schedule", id: "s" }, { roundTrips: 0 });
  }

  it("that another has put in its place is left as that was made, and the old one makes nothing", async () => {
    await create();
    const goOn = await behind();
    await atWork.door.ask("DELETE", "/schedules/s");
    await create({ promiseId: "new.{{.timestamp}}" });
    atWork.door.clock.now = noon + 10 * minute;
    await goOn();
    expect(await schedule()).toMatchObject({ promiseId: "new.{{.timestamp}}", lastRunTime: noon + 10 * minute });
    expect(await madeIds()).toEqual([`new.${noon + 10 * minute}`]);
  });

  it("is not set back by a process that is behind", async () => {
    await create();
    const goOn = await behind();
    await atWork.workUntil(noon + 35 * minute);
    atWork.door.clock.now = noon + 10 * minute;
    await goOn();
    expect(await schedule()).toMatchObject({ lastRunTime: noon + 30 * minute, nextRunTime: noon + 40 * minute });
    expect(offeredOf(atWork)).toEqual(planned(10, 20, 30));
  });

  it("that is deleted and made again finds what it has made, and goes on", async () => {
    await create();
    await atWork.workUntil(noon + 15 * minute);
    await atWork.door.ask("DELETE", "/schedules/s");
    atWork.door.clock.now = noon;
    await create();
    await atWork.workUntil(noon + 25 * minute);
    expect(await madeIds()).toEqual(planned(10, 20));
    expect(await schedule()).toMatchObject({ lastRunTime: noon + 20 * minute, nextRunTime: noon + 30 * minute });
  });

  it("whose promises would have ended by the time that it is looked at makes them ended, and offers none", async () => {
    await create({ promiseTimeout: 5 * minute });
    await atWork.workUntil(noon + 22 * minute);
    const [dead = "", alive = ""] = planned(10, 20);
    expect(await promise(dead)).toMatchObject({
      state: "REJECTED_TIMEDOUT",
      createdOn: noon + 10 * minute,
      completedOn: noon + 15 * minute,
    });
    expect(await promise(alive)).toMatchObject({ state: "PENDING" });
    expect(offeredOf(atWork)).toEqual([alive]);
  });

  it("takes a promise that is there already for the one it would have made, and goes on", async () => {
    await create();
    const [first = "", second = ""] = planned(10, 20);
    const early = { id: first, timeout: noon + 999 * minute, param: { data: "by hand" } };
    expect((await atWork.door.ask("POST", "/promises", early)).status).toBe(201);
    await atWork.workUntil(noon + 20 * minute);
    expect(await promise(first)).toMatchObject({ param: { data: "by hand" }, createdOn: noon });
    expect(offeredOf(atWork)).toEqual([second]);
  });

  it("welcomes a client that starts by itself what it has started", async () => {
    await create();
    await atWork.workUntil(noon + 10 * minute);
    const [id = ""] = planned(10);
    const again = { id, timeout: noon + 999 * minute };
    expect((await atWork.door.ask("POST", "/promises", again, { "idempotency-key": id })).status).toBe(200);
  });

  it("without a moment in its template makes one promise, once", async () => {
    await create({ promiseId: "only" });
    await atWork.workUntil(noon + 35 * minute);
    expect(await madeIds()).toEqual(["only"]);
    expect(offeredOf(atWork)).toHaveLength(1);
    expect(await schedule()).toMatchObject({ lastRunTime: noon + 30 * minute });
  });

  it("whose promises have no target makes them without a task", async () => {
    await create({ promiseTags: { a: "b" } });
    await atWork.workUntil(noon + 10 * minute);
    expect(await madeIds()).toEqual(planned(10));
    expect(atWork.sent).toEqual([]);
  });

  it.each([
    ["{{.id}}", "s"],
    ["{{ .id }}/{{  .timestamp}}", `s/${noon + 10 * minute}`],
    ["a{{.name}}b", "ab"],
    ["{{.timestamp}}{{.timestamp}}", `${noon + 10 * minute}${noon + 10 * minute}`],
    ["{.id}", "{.id}"],
    ["{{.id}", "{{.id}"],
  ])("with the template %s makes %s", async (promiseId, id) => {
    await create({ promiseId });
    await atWork.workUntil(noon + 10 * minute);
    expect(await madeIds()).toEqual([id]);
  });

  it.each([
    // Clocks go from 2:00 to 3:00 on the second of these days: what was to be at 2:30 is at the leap's end.
    [
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-27T12:00Z",
      ["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"],
    ],
    // They go from 3:00 back to 2:00 on the second: 2:30 is met once, the first time.
    [
      "30 2 * * *",
      "Europe/Berlin",
      "2026-10-23T12:00Z",
      ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"],
    ],
    [
      "0 9 * * mon",
      "America/New_York",
      "2026-10-25T00:00Z",
      ["2026-10-26T13:00Z", "2026-11-02T14:00Z", "2026-11-09T14:00Z"],
    ],
    ["0 9 * * *", undefined, "2026-03-27T12:00Z", ["2026-03-28T09:00Z", "2026-03-29T09:00Z", "2026-03-30T09:00Z"]],
  ])("by %s in %s, from %s on, runs at %j", async (cron, timezone, from, moments) => {
    atWork.door.clock.now = at(from);
    await create({ cron, timezone, promiseId: "{{.timestamp}}", promiseTimeout: 99_999 * minute });
    await atWork.workUntil(at(moments.at(-1) ?? ""));
    expect(offeredOf(atWork)).toEqual(moments.map((moment) => String(at(moment))));
  });
});
