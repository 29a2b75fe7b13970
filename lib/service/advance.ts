/**
 * What the service does on its own: everything that is due.
 *
 * @module
 */

import {
  advance,
  isOfferedAtOnce,
  type Key,
  makesPending,
  type NextRun,
  type PromiseImage,
  type Step,
  type Things,
} from "#lib/core/index.ts";
import type { Cost } from "#lib/ports/store.ts";
import type { KeptWork } from "./kept.ts";
import type { KnownSubscriptions } from "./known-subscriptions.ts";
import { type LeftOverOptions, lookAfterUpload } from "./left-over.ts";
import { letMembersGo } from "./let-go.ts";
import { type RetentionOptions, stepRetention } from "./retention.ts";
import { runEndpoint } from "./run-endpoint.ts";
import { runSchedule } from "./run-schedule.ts";
import { tellSubscriptions } from "./tell.ts";
import { Wake, type WakeOptions } from "./wake.ts";

export interface AdvanceOptions
  extends Omit<WakeOptions, "onDue">,
    Pick<RetentionOptions, "retentionMs">,
    Pick<LeftOverOptions, "bodies" | "hookSecrets"> {
  readonly known: KnownSubscriptions;
  readonly nextRun: NextRun;
  /** Told of a process whose lease has run out. */
  readonly onLapsed?: (pid: string) => void;
  /** Looks after events that have come before their promise; absent: nobody keeps any. */
  readonly kept?: KeptWork;
}

export interface Advancer {
  /** Does everything that is due on a promise. The number of changes written. */
  promise(image: PromiseImage, cost: Cost): Promise<number>;
  /** The same for anything else. */
  thing(key: Key, cost: Cost): Promise<number>;
  /** Settles a promise that has just come by an event that has waited for it. The number of such events. */
  claim(promise: PromiseImage, cost: Cost): Promise<number>;
}

/** Steps of one thing in one go; what is left is still due. */
const stepsMax = 1_000;

export function advancer(options: AdvanceOptions): Advancer {
  const { store, delivery, now, retryMs, known, isStreamed } = options;

  /** Where nobody reads the store's changes, what one of them has made due is done by whoever made it. */
  const onDue = async (image: PromiseImage, cost: Cost): Promise<void> => {
    arm(options, image);
    if (!isStreamed) {
      await onPromise(image, cost);
    }
  };
  const wake = new Wake({ ...options, onDue });

  const claim = async (promise: PromiseImage, cost: Cost) => (await options.kept?.claim(promise, cost)) ?? 0;

  const onMade = async (promise: PromiseImage, cost: Cost): Promise<void> => {
    arm(options, promise);
    if (!isStreamed && isOfferedAtOnce(promise, now())) {
      await delivery.offer(promise, cost);
    }
    if (!isStreamed) {
      await claim(promise, cost);
    }
  };

  const write = async (step: Extract<Step, { kind: "write" }>, image: PromiseImage, cost: Cost) => {
    const outcome = await store.attempt(step.write, cost);
    if (outcome.won && makesPending(step.write) && image.pid !== undefined) {
      options.onLapsed?.(image.pid);
    }
    if (outcome.won && step.offers && !(isStreamed && makesPending(step.write))) {
      await delivery.offer(outcome.image, cost);
    }
    arm(options, outcome.image);
    return outcome;
  };

  const onPromise = async (first: PromiseImage, cost: Cost): Promise<number> => {
    let image: PromiseImage | undefined = first;
    let changed = 0;
    for (let steps = 0; image !== undefined && steps < stepsMax; steps++) {
      const step = advance(image, now(), retryMs, await known.current());
      if (step === undefined) {
        return changed;
      }
      if (step.kind === "write") {
        const outcome = await write(step, image, cost);
        changed += outcome.won ? 1 : 0;
        image = outcome.image;
      } else {
        changed += 1;
        image = await follow(step, image, cost);
      }
    }
    return changed;
  };

  const follow = (step: Exclude<Step, { kind: "write" }>, image: PromiseImage, cost: Cost) => {
    switch (step.kind) {
      case "discharge":
        return wake.discharge(image, cost);
      case "dischargeMore":
        return wake.dischargeMore(image, cost);
      case "letGo":
        return letMembersGo({ ...options, onChanged: onDue }, image, cost);
      case "tell":
        return tellSubscriptions(options, step, image, cost);
    }
  };

  return {
    claim,
    promise: onPromise,

    async thing(key, cost) {
      const found = await store.find(key, cost);
      if (key.of === "schedule" && found !== undefined) {
        return runSchedule({ ...options, onMade }, found as Things["schedule"], cost);
      }
      if (key.of === "upload" && found !== undefined) {
        return lookAfterUpload(options, found as Things["upload"], cost);
      }
      if (key.of === "retention" && found !== undefined) {
        return stepRetention(options, found as Things["retention"], cost);
      }
      if (key.of === "kept" && found !== undefined) {
        return (await options.kept?.look(found as Things["kept"], cost)) ?? 0;
      }
      if (key.of === "endpoint" && found !== undefined) {
        return runEndpoint(options, found as Things["endpoint"], cost);
      }
      const message = found as Things["message"] | undefined;
      if (key.of !== "message" || message?.dueAt === undefined || message.dueAt > now()) {
        return 0;
      }
      await delivery.send(message, cost);
      return 1;
    },
  };
}

function arm({ timer }: AdvanceOptions, image: PromiseImage | undefined): void {
  if (image?.dueAt !== undefined) {
    timer.arm(image.dueAt);
  }
}
