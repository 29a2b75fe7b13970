import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Alarm, type AlarmOptions, alarm } from "#lib/local/alarm.ts";

const start = 1_000_000;
const minute = 60_000;

const alarms: Alarm[] = [];
let rings: number[] = [];
let failures: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: start });
  rings = [];
  failures = [];
});

afterEach(async () => {
  await Promise.all(alarms.splice(0).map((each) => each.stop()));
  vi.useRealTimers();
});

/** An alarm that notes when it rings, counted from the start. */
function set(options: Partial<AlarmOptions> = {}): Alarm {
  const { ring = async () => {}, ...others } = options;
  const made = alarm({
    now: Date.now,
    onFailure: (error) => failures.push(error),
    ...others,
    ring: () => {
      rings.push(Date.now() - start);
      return ring();
    },
  });
  alarms.push(made);
  return made;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it("rings once at the start, for what fell due while nobody was there", async () => {
  set();
  await pass(minute - 1);
  expect(rings).toEqual([0]);
});

it("rings at the moment that it was armed for, and not before", async () => {
  const armed = set();
  await pass(1);
  armed.arm(start + 5_000);
  await pass(4_998);
  expect(rings).toEqual([0]);
  await pass(1);
  expect(rings).toEqual([0, 5_000]);
});

it("rings at the earliest of many moments, in whichever order it was armed for them", async () => {
  const armed = set();
  await pass(1);
  for (const at of [9_000, 300, 7_000, 20_000]) {
    armed.arm(start + at);
  }
  await pass(8_000);
  expect(rings).toEqual([0, 300]);
});

it("rings at once for a moment that has passed", async () => {
  const armed = set();
  await pass(100);
  armed.arm(start + 50);
  await pass(0);
  expect(rings).toEqual([0, 100]);
});

it("never rings twice at once: a moment that comes during a ring is rung for after it", async () => {
  const ends: (() => void)[] = [];
  const armed = set({ ring: () => new Promise((resolve) => ends.push(resolve)) });
  await pass(0);
  armed.arm(start + 10);
  await pass(500);
  expect(rings).toEqual([0]);
  ends[0]?.();
  await pass(0);
  expect(rings).toEqual([0, 500]);
  ends[1]?.();
});

it("rings on for what a ring arms it for", async () => {
  const armed: Alarm = set({
    ring: async () => {
      if (rings.length < 3) {
        armed.arm(Date.now() + 700);
      }
    },
  });
  await pass(5_000);
  expect(rings).toEqual([0, 700, 1_400]);
});

it("tells of a ring that failed, and repeats it a second later", async () => {
  const failure = new Error("out of reach");
  set({ ring: () => (rings.length === 1 ? Promise.reject(failure) : Promise.resolve()) });
  await pass(10_000);
  expect([rings, failures]).toEqual([[0, 1_000], [failure]]);
});

it("rings for a moment that comes sooner than the repetition of a failure", async () => {
  const armed = set({ ring: () => (rings.length === 1 ? Promise.reject(new Error()) : Promise.resolve()) });
  await pass(1);
  armed.arm(start + 400);
  await pass(700);
  expect(rings).toEqual([0, 400]);
});

it("rings as often as it is told to, armed or not", async () => {
  const armed = set({ everyMs: 1_000 });
  for (let arms = 0; arms < 35; arms++) {
    await pass(100);
    armed.arm(start + (100 - arms) * minute);
  }
  expect(rings).toEqual([0, 1_000, 2_000, 3_000]);
});

it("takes moments further away than a timer of the platform reaches", async () => {
  const armed = set();
  await pass(1);
  armed.arm(Number.MAX_SAFE_INTEGER);
  await pass(1_000);
  expect(rings).toEqual([0]);
});

it("notices a clock that was set forward within a minute", async () => {
  let ahead = 0;
  const armed = set({ now: () => Date.now() + ahead });
  await pass(1);
  armed.arm(start + 60 * minute);
  ahead = 60 * minute;
  await pass(minute);
  expect(rings.length).toBe(2);
});

it("stops when the ring under way has ended, and rings no more", async () => {
  const ends: (() => void)[] = [];
  const armed = set({ ring: () => new Promise((resolve) => ends.push(resolve)) });
  await pass(0);
  let isStopped = false;
  const stopping = armed.stop().then(() => {
    isStopped = true;
  });
  armed.arm(start + 10);
  await pass(100);
  expect(isStopped).toBe(false);
  ends[0]?.();
  await stopping;
  await pass(2 * minute);
  expect(rings).toEqual([0]);
});

it("does not ring while it is paused, and rings at once when it is resumed", async () => {
  const paused = set();
  await pass(0);
  paused.pause();
  paused.arm(start + 1_000);
  await pass(2 * minute);
  expect(rings).toEqual([0]);
  paused.resume();
  await pass(0);
  expect(rings).toEqual([0, 2 * minute]);
});
