/**
 * How often something may be done in a minute, whichever processes do it: each takes a slice of what is allowed, and does so
 * much before it takes the next.
 *
 * @module
 */

import type { ChangeTo } from "./change.ts";
import { isAbsent } from "./guard.ts";
import type { EpochMs } from "./promise.ts";

export const minuteMs = 60_000;

/** After so long, nobody asks for a minute's count any more. */
const keptMs = 60 * minuteMs;

/** Into how many slices a minute's allowance is cut, about: so many writes it costs at most. */
const slicesOfMany = 600;

/** What has been taken of a minute's allowance. */
export interface Allowance {
  readonly id: string;
  /** When the minute began. */
  readonly since: EpochMs;
  /** Slices that were taken. */
  readonly taken: number;
  /** It is of no more interest then, and the store takes it out some time. */
  readonly expiresAt: EpochMs;
}

/** How an allowance is cut: one that is small, each by itself; so what a process takes and does not use is little of it. */
export interface Slices {
  /** What one of them allows. */
  readonly size: number;
  readonly countMax: number;
}

export function slicesOf(perMinuteMax: number): Slices {
  const size = Math.max(1, Math.floor(perMinuteMax / slicesOfMany));
  return { size, countMax: Math.ceil(perMinuteMax / size) };
}

/** What the slice that was taken last allows: the last of all may be smaller. */
export const lastSlice = ({ taken }: Allowance, perMinuteMax: number): number => {
  const { size } = slicesOf(perMinuteMax);
  return Math.max(0, Math.min(size, perMinuteMax - (taken - 1) * size));
};

/**
 * Whether a minute that was seen is the one to count in. It may have begun for others a little before it does here; further
 * ahead than clocks differ, it is nobody's.
 */
export const isCurrent = ({ since }: Allowance, now: EpochMs): boolean =>
  since > now - minuteMs && since <= now + minuteMs;

/** Takes a slice of the minute that was seen, or of a new one; refused where another has been quicker with either. */
export function takeSlice(
  id: string,
  seen: Allowance | undefined,
  now: EpochMs,
  { countMax }: Slices,
): ChangeTo<"allowance"> {
  if (seen !== undefined && isCurrent(seen, now)) {
    return {
      of: "allowance",
      id,
      guards: [
        { kind: "is", field: "since", value: seen.since },
        { kind: "atMost", field: "taken", moment: countMax - 1 },
      ],
      change: { kind: "update", increment: "taken" },
    };
  }
  const since = now - (now % minuteMs);
  return {
    of: "allowance",
    id,
    guards: seen === undefined ? [isAbsent] : [{ kind: "is", field: "since", value: seen.since }],
    change: { kind: "put", image: { id, since, taken: 1, expiresAt: since + keptMs } },
  };
}
