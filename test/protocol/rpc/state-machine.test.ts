/** What becomes of a task in each state at each event, cell by cell (`protocol/rpc.md` 8). */

import { describe, expect, it } from "vitest";
import { everyDebuggable } from "./debugged.ts";
import { action, type Life, leaseMs, lifeMs, lives, type Stage, type Subject, staged } from "./lives.ts";

type Happen = (stage: Stage, subject: Subject) => Promise<{ status: number; data: unknown }>;

interface Event {
  readonly what: string;
  readonly happen: Happen;
  /** What a task in each of these states becomes; in any other, the event is refused with these words. */
  readonly becomes: { readonly [From in Life]?: Life };
  readonly otherwise?: string;
}

const asking = (kind: string, dataOf: (subject: Subject, stage: Stage) => object): Pick<Event, "what" | "happen"> => ({
  what: kind,
  happen: (stage, subject) => stage.ask(kind, dataOf(subject, stage)),
});

const same = Object.fromEntries(lives.map((life) => [life, life]));
const lease = { pid: "q", ttl: leaseMs };
const settling = (id: string) => action({ id, state: "rejected", value: { data: "end" } });

const events: readonly Event[] = [
  {
    ...asking("task.create", ({ id }, { now }) => ({
      ...lease,
      action: action({ id, timeoutAt: now, tags: { "resonate:target": "poll://any@other" } }),
    })),
    becomes: { pending: "acquired", fulfilled: "fulfilled" },
    otherwise: "Already exists",
  },
  {
    ...asking("task.acquire", ({ id, version }) => ({ id, version, ...lease })),
    becomes: { pending: "acquired" },
    otherwise: "Task is not pending",
  },
  {
    ...asking("task.release", ({ id, version }) => ({ id, version })),
    becomes: { acquired: "pending" },
    otherwise: "Task version mismatch or invalid state",
  },
  {
    ...asking("task.fulfill", ({ id, version }) => ({ id, version, action: settling(id) })),
    becomes: { acquired: "fulfilled" },
    otherwise: "Task version mismatch or invalid state",
  },
  {
    ...asking("task.suspend", ({ id, version, awaited }) => ({
      id,
      version,
      actions: [action({ awaited, awaiter: id })],
    })),
    becomes: { acquired: "suspended" },
    otherwise: "Task is not acquired or version mismatch",
  },
  {
    ...asking("task.fence", ({ id, version, awaited }) => ({
      id,
      version,
      action: { kind: "promise.create", data: { id: `${awaited}/new`, timeoutAt: 9e15 } },
    })),
    becomes: { acquired: "acquired" },
    otherwise: "Version mismatch",
  },
  { ...asking("task.heartbeat", ({ id, version }) => ({ pid: "p", tasks: [{ id, version }] })), becomes: same },
  {
    ...asking("task.halt", ({ id }) => ({ id })),
    becomes: { pending: "halted", acquired: "halted", suspended: "halted", halted: "halted" },
    otherwise: "Task is fulfilled",
  },
  { ...asking("task.continue", ({ id }) => ({ id })), becomes: { halted: "pending" }, otherwise: "Task is not halted" },
  {
    ...asking("promise.settle", ({ id }) => settling(id).data),
    what: "the end of its promise",
    becomes: Object.fromEntries(lives.map((life) => [life, "fulfilled"])),
  },
  {
    ...asking("promise.settle", ({ awaited }) => settling(awaited).data),
    what: "the end of what it awaits",
    becomes: { ...same, suspended: "pending" },
  },
  {
    what: "the end of a lease",
    happen: async (stage) => {
      stage.pass(leaseMs);
      await stage.tick();
      return { status: 200, data: {} };
    },
    becomes: { ...same, acquired: "pending" },
  },
];

const cells = events.flatMap((event) =>
  lives.map((life) => ({ event, what: event.what, life, becomes: event.becomes[life] ?? "refused" })),
);

describe.each(everyDebuggable)("Over %s", (_, open) => {
  let stage: Stage;
  staged(open, (_service, opened) => {
    stage = opened;
  });

  it.each(cells)("$what finds a task that is $life: $becomes", async ({ event, life }) => {
    const subject = await stage.bring(life);
    const before = await stage.task(subject.id);
    expect(before).toMatchObject({ state: life, version: subject.version, resumes: 0 });
    const reply = await event.happen(stage, subject);
    const after = await stage.task(subject.id);
    const becomes = event.becomes[life];
    if (becomes === undefined) {
      expect(reply).toEqual({ status: 409, data: event.otherwise });
      expect(after).toEqual(before);
      return;
    }
    expect(reply.status).toBe(200);
    const isTaken = life === "pending" && becomes === "acquired";
    expect(after).toMatchObject({ state: becomes, version: subject.version + (isTaken ? 1 : 0) });
    expect([after.pid, after.ttl]).toEqual(
      becomes !== "acquired" ? [undefined, undefined] : [isTaken ? "q" : "p", leaseMs],
    );
    const isWoken = event.what === "the end of what it awaits" && becomes !== "fulfilled";
    expect(after.resumes).toBe(isWoken ? 1 : 0);
  });

  const alive = lives.filter((life) => life !== "fulfilled");
  const deadCells = cells
    .filter(({ life }) => life === "fulfilled")
    .flatMap((cell) => alive.map((was) => ({ ...cell, was })));

  it.each(deadCells)(
    "$what finds a task that was $was when its promise timed out, which nobody has noticed: $becomes",
    async ({ event, was }) => {
      const subject = await stage.bring(was);
      const deadline = stage.now + lifeMs;
      stage.pass(lifeMs);
      const reply = await event.happen(stage, subject);
      expect(reply).toMatchObject(
        event.becomes.fulfilled === undefined ? { status: 409, data: event.otherwise } : { status: 200 },
      );
      const { id, version } = subject;
      expect(await stage.task(id)).toEqual({ id, state: "fulfilled", version, resumes: 0 });
      const { promise } = await stage.done("promise.get", { id });
      expect(promise).toMatchObject({ state: "rejected_timedout", settledAt: deadline, value: {} });
    },
  );

  describe("A task that has been woken", () => {
    const wake = async ({ awaited }: Subject) => stage.done("promise.settle", { id: awaited, state: "resolved" });

    it("counts it through release, the end of a lease, halt and continue, until it is taken", async () => {
      const subject = await stage.bring("acquired");
      const { id } = subject;
      const resumes = async () => (await stage.task(id)).resumes;
      await wake(subject);
      expect(await resumes()).toBe(1);
      await stage.done("task.release", { id, version: 1 });
      expect(await resumes()).toBe(1);
      await stage.done("task.halt", { id });
      expect(await resumes()).toBe(1);
      await stage.done("task.continue", { id });
      expect(await resumes()).toBe(1);
      const { task } = await stage.done("task.acquire", { id, version: 1, pid: "p", ttl: leaseMs });
      expect(task).toMatchObject({ version: 2, resumes: 0 });
    });

    it("counts it through the end of its lease", async () => {
      const subject = await stage.bring("acquired");
      await wake(subject);
      stage.pass(leaseMs);
      await stage.tick();
      expect(await stage.task(subject.id)).toMatchObject({ state: "pending", version: 1, resumes: 1 });
    });

    it("forgets it when it is put to sleep, or goes on because something has ended", async () => {
      const [asleep, awake] = [await stage.bring("acquired"), await stage.bring("acquired")];
      await wake(asleep);
      await wake(awake);
      const later = await stage.promise();
      const suspend = ({ id, version }: Subject, awaited: string) =>
        stage.ask("task.suspend", { id, version, actions: [action({ awaited, awaiter: id })] });
      expect((await suspend(asleep, later)).status).toBe(200);
      expect(await stage.task(asleep.id)).toMatchObject({ state: "suspended", resumes: 0 });
      expect((await suspend(awake, awake.awaited)).status).toBe(300);
      expect(await stage.task(awake.id)).toMatchObject({ state: "acquired", resumes: 0 });
    });
  });
});
