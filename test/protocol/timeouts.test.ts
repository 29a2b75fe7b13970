import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor, type Reply } from "../support/door.ts";
import { expectRefusal } from "../support/refusal.ts";
import { everyStore } from "../support/stores.ts";

const lifeMs = 500;

const timers = [{ "resonate:timeout": "true" }, { "resonate:timer": "true" }];
const almostTimers = [
  { "resonate:timeout": "True" },
  { "resonate:timeout": "1" },
  { "resonate:timeout": "" },
  { "resonate:timer": "false" },
  { "Resonate:Timeout": "true" },
  { "resonate:target": "poll://any@g", "resonate:delay": "1000100" },
];

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;
  let number = 0;

  beforeAll(async () => {
    door = await openDoor(open);
  });
  afterAll(() => door.close());

  /** A promise of its own for a test, which lives for half a second. */
  async function born(tags: Record<string, string> = {}): Promise<{ id: string; path: string; deadline: number }> {
    door.clock.now += 10_000;
    const id = `p${number++}`;
    const deadline = door.clock.now + lifeMs;
    expect(
      (await door.ask("POST", "/promises", { id, timeout: deadline, tags }, { "idempotency-key": "k" })).status,
    ).toBe(201);
    return { id, path: `/promises/${id}`, deadline };
  }

  const complete = (path: string, strict: boolean, state = "RESOLVED") =>
    door.ask("PATCH", path, { state, value: { data: "late" } }, { strict: String(strict), "idempotency-key": "c" });

  const expectTimedOut = ({ status, body }: Reply, deadline: number, state = "REJECTED_TIMEDOUT") => {
    expect(status).toBe(200);
    expect(body).toMatchObject({ state, completedOn: deadline, value: {}, timeout: deadline });
    expect(body).not.toHaveProperty("idempotencyKeyForComplete");
  };

  it("a promise is pending until the last millisecond before its deadline, and can be completed then", async () => {
    const { path, deadline } = await born();
    door.clock.now = deadline - 1;
    expect((await door.ask("GET", path)).body.state).toBe("PENDING");
    expect((await complete(path, true)).status).toBe(201);
    door.clock.now = deadline + 1;
    expect((await door.ask("GET", path)).body).toMatchObject({ state: "RESOLVED", completedOn: deadline - 1 });
  });

  it.each([0, 1, 5_000])("a read %d ms past the deadline shows the promise timed out at its deadline", async (late) => {
    const { path, deadline } = await born();
    door.clock.now = deadline + late;
    expectTimedOut(await door.ask("GET", path), deadline);
  });

  it("a repeated create meets the deadline: lenient it answers the promise timed out, strict it is refused", async () => {
    const { id, deadline } = await born();
    door.clock.now = deadline;
    const repeat = (strict: string) =>
      door.ask("POST", "/promises", { id, timeout: deadline }, { "idempotency-key": "k", strict });
    expectRefusal(await repeat("true"), 409, 40900);
    expectTimedOut(await repeat("false"), deadline);
  });

  it.each(["RESOLVED", "REJECTED", "REJECTED_CANCELED"])(
    "a completion to %s that comes with the deadline is too late",
    async (state) => {
      const { path, deadline } = await born();
      door.clock.now = deadline;
      expectRefusal(await complete(path, true, state), 403, 40303);
      expectTimedOut(await complete(path, false, state), deadline);
      expectTimedOut(await door.ask("GET", path), deadline);
    },
  );

  it.each(timers)("a timer (%j) is resolved by its deadline, and refuses every completion after it", async (tags) => {
    const { path, deadline } = await born(tags);
    door.clock.now = deadline;
    for (const state of ["RESOLVED", "REJECTED", "REJECTED_CANCELED"]) {
      expectRefusal(await complete(path, false, state), 403, 40300);
      expectRefusal(await complete(path, true, state), 403, 40300);
    }
    expectTimedOut(await door.ask("GET", path), deadline, "RESOLVED");
  });

  it.each(timers)("a timer (%j) can be completed before its deadline like any promise", async (tags) => {
    const { path, deadline } = await born(tags);
    expect((await complete(path, false, "REJECTED")).body).toMatchObject({ state: "REJECTED" });
    door.clock.now = deadline;
    expect((await door.ask("GET", path)).body).toMatchObject({ state: "REJECTED", value: { data: "late" } });
  });

  it.each(almostTimers)("what is tagged %j is no timer", async (tags) => {
    const { path, deadline } = await born(tags);
    door.clock.now = deadline;
    expectTimedOut(await door.ask("GET", path), deadline);
  });

  it.each([[{}, "REJECTED_TIMEDOUT"], ...timers.map((tags) => [tags, "RESOLVED"] as const)] as const)(
    "a promise tagged %j with a deadline that has passed is born %s",
    async (tags, state) => {
      for (const timeout of [0, door.clock.now - 1, door.clock.now]) {
        const id = `p${number++}`;
        const reply = await door.ask("POST", "/promises", { id, timeout, tags });
        expect(reply.status).toBe(201);
        expect(reply.body).toEqual({
          id,
          state,
          param: {},
          value: {},
          timeout,
          tags,
          createdOn: timeout,
          completedOn: timeout,
        });
        expect((await door.ask("GET", `/promises/${id}`)).body).toEqual(reply.body);
      }
    },
  );

  it("a deadline past what a number can count exactly is kept as the last moment there is", async () => {
    const bodies = ["9223372036854775807", "9007199254740992", "9007199254740991"].map(
      (timeout) => `{"id":"far-${timeout}","timeout":${timeout}}`,
    );
    for (const body of bodies) {
      const { status, body: shown } = await door.ask("POST", "/promises", body);
      expect({ status, timeout: shown.timeout, state: shown.state }).toEqual({
        status: 201,
        timeout: Number.MAX_SAFE_INTEGER,
        state: "PENDING",
      });
      expect((await door.ask("GET", `/promises/${shown.id}`)).body).toEqual(shown);
    }
  });
});
