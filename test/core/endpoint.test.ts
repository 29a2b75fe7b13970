import { expect, it } from "vitest";
import { countFailure, type Endpoint, endpointLimits, permits, probing, run, whilePaused } from "#lib/core/index.ts";

const minute = 60_000;
const start = 1_000_000;
const message = { mailbox: "https://a.example/?key", address: "https://a.example/?key" };

function failed(seen: Endpoint | undefined, now: number, jitter = 0, retryAfterMs = 0): Endpoint {
  const write = countFailure("ep_1", seen, message, { error: "no", status: 503, retryAfterMs }, now, jitter);
  const { won, image } = run(write, seen);
  expect(won).toBe(true);
  return image as Endpoint;
}

/** One that has failed so often, so far apart. */
function failing(times: number, everyMs: number, jitter?: number): Endpoint {
  let endpoint: Endpoint | undefined;
  for (let nth = 0; nth < times; nth++) {
    endpoint = failed(endpoint, start + nth * everyMs, jitter);
  }
  return endpoint as Endpoint;
}

const { failuresMin, failingMsMin } = endpointLimits;

it.each([
  ["often, but not for long", 50, 1_000, "failing"],
  ["for long, but not often", failuresMin - 1, 10 * minute, "failing"],
  ["a moment too short", failuresMin, Math.floor(failingMsMin / (failuresMin - 1)), "failing"],
  ["often and for long", failuresMin, Math.ceil(failingMsMin / (failuresMin - 1)), "paused"],
])("a receiver that fails %s is %s", (_, times, everyMs, state) => {
  expect(failing(times, everyMs)).toMatchObject({ state, failures: times, failingSince: start });
});

it("is tried after two minutes, then twice as late each time up to an hour, up to half of it less by chance", () => {
  for (const [jitter, share] of [
    [0, 1],
    [1, 0.5],
  ] as const) {
    let endpoint = failing(failuresMin, minute, jitter);
    let now = endpoint.pausedAt as number;
    const waits: number[] = [];
    for (let probes = 0; probes < 7; probes++) {
      const dueAt = endpoint.dueAt as number;
      waits.push((dueAt - now) / minute);
      now = dueAt;
      endpoint = run(probing(endpoint, "m", now, jitter), endpoint).image as Endpoint;
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60].map((wait) => wait * share));
  }
});

it("is tried by one of those who see that it is due", () => {
  const endpoint = failing(failuresMin, minute);
  const first = run(probing(endpoint, "a", endpoint.dueAt as number, 0), endpoint).image;
  expect(permits(probing(endpoint, "b", endpoint.dueAt as number, 0), first)).toBe(false);
});

it("is left alone for as long as it asks for, up to two hours", () => {
  const endpoint = failing(failuresMin, minute);
  const now = endpoint.dueAt as number;
  expect(failed(endpoint, now, 0, 30 * minute).dueAt).toBe(now + 30 * minute);
  expect(failed(endpoint, now, 0, 300 * minute).dueAt).toBe(now + 120 * minute);
  expect(failed(endpoint, now - minute, 0, 1).dueAt).toBe(now);
});

it("holds messages only while it is paused, and shows nothing secret of its address", () => {
  const endpoint = failing(failuresMin, minute);
  expect(endpoint.address).toBe("https://a.example/?…");
  for (const state of ["failing", "paused", "releasing"] as const) {
    expect(permits(whilePaused(endpoint), { ...endpoint, state })).toBe(state === "paused");
  }
  expect(permits(whilePaused(endpoint), undefined)).toBe(false);
});
