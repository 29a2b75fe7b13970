/**
 * The health of a receiver: whether what is sent to it arrives. Kept only while it does not, so that nothing is written
 * for a receiver that works.
 *
 * Failing: attempts fail, one after the other. Paused: they have for long, and its messages are held; one of them at a
 * time is tried, ever later. Releasing: one has arrived, and the others are sent on their way again.
 *
 * @module
 */

import { backoff, retryAfterMsMax } from "./backoff.ts";
import type { ChangeTo } from "./change.ts";
import { shownAddress } from "./delivery.ts";
import type { Failure } from "./message.ts";
import type { EpochMs } from "./promise.ts";
import { after } from "./task.ts";
import type { Endpoint, Message } from "./things.ts";

export const endpointLimits = {
  /** Failures in a row before a receiver is paused: fewer are made by one message in its first minutes. */
  failuresMin: 10,
  /** For how long they have to have been going on: a receiver that is restarted or deployed is not paused. */
  failingMsMin: 5 * 60 * 1_000,
  /** After which nothing is tried any more that has failed: longer than a message waits for its next attempt. */
  quietMs: 3 * 60 * 60 * 1_000,
  /** Messages of a mailbox that are looked at together, and the wait after such a page has sent some on their way. */
  pageMax: 100,
  releaseEveryMs: 1_000,
} as const;

const keyOf = ({ id }: Pick<Endpoint, "id">) => ({ of: "endpoint", id }) as const;

/** Nothing has become of it since it was seen, but that more attempts may have failed. */
const asSeen = ({ version, failingSince }: Endpoint) =>
  [
    { kind: "is", field: "version", value: version },
    { kind: "is", field: "failingSince", value: failingSince },
  ] as const;

/** Whether its messages are held. */
export const isPaused = (endpoint: Endpoint | undefined): endpoint is Endpoint => endpoint?.state === "paused";

/** The wait before the first probe, and the longest before a further one. */
const probeMs = { first: 2 * 60 * 1_000, max: 60 * 60 * 1_000 } as const;

/**
 * An attempt has failed: it is counted, and after enough of them the receiver is paused.
 *
 * @param seen Absent: none has failed since the last that arrived.
 * @param jitter From 0 to 1.
 */
export function countFailure(
  id: string,
  seen: Endpoint | undefined,
  { mailbox, address }: Pick<Message, "mailbox" | "address">,
  failure: Failure,
  now: EpochMs,
  jitter: number,
): ChangeTo<"endpoint"> {
  const { error, status, retryAfterMs = 0 } = failure;
  const last = { lastFailedAt: now, lastError: error, ...(status !== undefined && { lastStatus: status }) };
  if (seen === undefined) {
    const born = { id, mailbox, address: shownAddress(address), state: "failing", failures: 1 } as const;
    const image: Endpoint = { ...born, failingSince: now, ...last, version: 1, dueAt: quietAt(now) };
    return { ...keyOf({ id }), guards: [{ kind: "absent" }], change: { kind: "put", image } };
  }
  const asked = after(now, Math.min(retryAfterMs, retryAfterMsMax));
  const set = {
    ...last,
    address: shownAddress(address),
    ...(isToPause(seen, now) && {
      state: "paused" as const,
      pausedAt: now,
      dueAt: Math.max(after(now, backoff(probeMs, seen.probes ?? 0, jitter)), asked),
    }),
    ...(isPaused(seen) && asked > (seen.dueAt ?? 0) && { dueAt: asked }),
  };
  const isMoved = "dueAt" in set;
  return {
    ...keyOf(seen),
    guards: isMoved ? asSeen(seen) : [{ kind: "present", field: "failingSince" }],
    change: {
      kind: "update",
      set: { ...set, ...(isMoved && { version: seen.version + 1 }) },
      increment: "failures",
      ...(status === undefined && { unset: ["lastStatus"] }),
    },
  };
}

/** When a receiver is forgotten that has failed now, and is sent nothing since. */
const quietAt = (lastFailedAt: EpochMs): EpochMs => after(lastFailedAt, endpointLimits.quietMs);

/** A receiver that fails is forgotten once nothing more is sent to it: it is looked at again if something was. */
export const forgetQuiet = (seen: Endpoint, now: EpochMs): ChangeTo<"endpoint"> => {
  const dueAt = quietAt(seen.lastFailedAt);
  return {
    ...keyOf(seen),
    guards: [
      ...asSeen(seen),
      { kind: "is", field: "state", value: "failing" },
      { kind: "is", field: "lastFailedAt", value: seen.lastFailedAt },
    ],
    change: dueAt <= now ? { kind: "delete" } : { kind: "update", set: { dueAt } },
  };
};

/** Whether the change pauses a receiver. */
export const isPause = ({ change }: ChangeTo<"endpoint">): boolean =>
  change.kind === "update" && change.set?.state === "paused";

/** One that has been paused is paused again without waiting for long, where what it is sent now fails as well. */
const isToPause = ({ state, failures, failingSince }: Endpoint, now: EpochMs): boolean =>
  failures + 1 >= endpointLimits.failuresMin &&
  (state === "releasing" || (state === "failing" && now >= after(failingSince, endpointLimits.failingMsMin)));

/** An attempt has arrived: what is to be written down of it, where anything is. */
export function countSuccess(seen: Endpoint, now: EpochMs): ChangeTo<"endpoint"> | undefined {
  switch (seen.state) {
    case "failing":
      return { ...keyOf(seen), guards: asSeen(seen), change: { kind: "delete" } };
    case "paused":
      return toRelease(seen, [{ kind: "is", field: "state", value: "paused" }], now);
    case "releasing":
      return seen.failures === 0
        ? undefined
        : {
            ...keyOf(seen),
            guards: [{ kind: "is", field: "state", value: "releasing" }],
            change: { kind: "update", set: { failures: 0 } },
          };
  }
}

/** All of its messages are to be sent on their way again, from the first one on. */
const toRelease = (seen: Endpoint, guards: ChangeTo<"endpoint">["guards"], now: EpochMs): ChangeTo<"endpoint"> => ({
  ...keyOf(seen),
  guards,
  change: {
    kind: "update",
    set: { state: "releasing", failures: 0, dueAt: now },
    unset: ["place", "isLastRound"],
    increment: "version",
  },
});

/** Released untried: it holds no message to try it with, or what is sent to it goes elsewhere now. */
export const releasingUntried = (seen: Endpoint, now: EpochMs): ChangeTo<"endpoint"> =>
  toRelease(seen, asSeen(seen), now);

/** Whether a message may be tried though its receiver is paused. */
export const isToProbe = ({ dueAt }: Endpoint, now: EpochMs): boolean => dueAt !== undefined && dueAt <= now;

/**
 * A message is tried on a paused receiver: whoever wins this tries it, and the next probe comes later. A probe that is
 * lost is one that has failed.
 */
export const probing = (seen: Endpoint, messageId: string, now: EpochMs, jitter: number): ChangeTo<"endpoint"> => {
  const probes = (seen.probes ?? 0) + 1;
  return {
    ...keyOf(seen),
    guards: [...asSeen(seen), { kind: "is", field: "state", value: "paused" }],
    change: {
      kind: "update",
      // Another message is tried next: one that its receiver will never take must not keep the others waiting.
      set: { probes, place: messageId, dueAt: after(now, backoff(probeMs, probes, jitter)) },
      unset: ["isLastRound"],
      increment: "version",
    },
  };
};

/** Whoever knows that the receiver works again has it probed now, and often again. */
export const resuming = (seen: Endpoint, now: EpochMs): ChangeTo<"endpoint"> => ({
  ...keyOf(seen),
  guards: [{ kind: "is", field: "state", value: "paused" }],
  change: { kind: "update", set: { dueAt: now, probes: 0 }, increment: "version" },
});

/** The walk over the receiver's messages goes on behind this one, or begins anew. */
export const walkMessages = (
  seen: Endpoint,
  { place, dueAt }: { readonly place: string | undefined; readonly dueAt: EpochMs },
): ChangeTo<"endpoint"> => ({
  ...keyOf(seen),
  guards: asSeen(seen),
  change: {
    kind: "update",
    set: { dueAt, ...(place === undefined ? { isLastRound: true } : { place }) },
    unset: place === undefined ? ["place"] : [],
    increment: "version",
  },
});

/** Everything that was held has been sent on its way, and nothing is held any more: the receiver works. */
export const forgetEndpoint = (seen: Endpoint): ChangeTo<"endpoint"> => ({
  ...keyOf(seen),
  guards: [...asSeen(seen), { kind: "is", field: "state", value: "releasing" }],
  change: { kind: "delete" },
});

/** Holds a message only while its receiver is paused: so whoever ends the pause finds all that are held. */
export const whilePaused = ({ id }: Pick<Endpoint, "id">): ChangeTo<"endpoint"> => ({
  ...keyOf({ id }),
  guards: [{ kind: "is", field: "state", value: "paused" }],
  change: { kind: "check" },
});
