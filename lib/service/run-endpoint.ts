import {
  type Endpoint,
  endpointLimits,
  forgetEndpoint,
  forgetQuiet,
  type Message,
  type Outcome,
  releasing,
  releasingUntried,
  sentBefore,
  walkMessages,
} from "#lib/core/index.ts";
import type { Cost } from "#lib/ports/store.ts";
import type { AdvanceOptions } from "./advance.ts";
import { inChunks } from "./in-chunks.ts";

type RunOptions = Pick<AdvanceOptions, "store" | "delivery" | "timer" | "now">;

/** Pages of a mailbox that are looked at in one go; what is left is still due. */
const pagesMax = 20;

const { pageMax, releaseEveryMs } = endpointLimits;

/**
 * What is due of a receiver that is paused: a held message is sent, which is tried if nothing else has been since. Of one
 * that works again: its held messages are sent on their way, a page at a time. Once none is left, or of one that fails
 * nothing more is sent, nothing is known of it any more.
 */
export async function runEndpoint(options: RunOptions, first: Endpoint, cost: Cost): Promise<number> {
  const { store, timer, now } = options;
  let endpoint: Endpoint | undefined = first;
  let changed = 0;
  for (let pages = 0; pages < pagesMax; pages++) {
    if (endpoint?.dueAt === undefined || endpoint.dueAt > now()) {
      return changed;
    }
    if (endpoint.state === "failing") {
      const { won, image } = await store.attempt(forgetQuiet(endpoint, now()), cost);
      timer.arm(image?.dueAt ?? endpoint.dueAt);
      return won ? 1 : 0;
    }
    const page: readonly Message[] = await store.members("message", endpoint.mailbox, pageMax, cost, endpoint.place);
    const held = page.filter(({ heldAt }) => heldAt !== undefined);
    if (endpoint.state === "paused") {
      const probe = await firstToSend(options, held, cost);
      if (probe !== undefined) {
        await options.delivery.send(probe, cost);
        return changed + 1;
      }
    } else {
      await release(options, held, cost);
    }
    const place = page.length < pageMax ? undefined : page.at(-1)?.id;
    const outcome: Outcome<Endpoint> = await store.attempt(next(endpoint, place, held.length, now()), cost);
    changed += outcome.won ? 1 : 0;
    endpoint = outcome.won && isEnd(endpoint, place) ? undefined : outcome.image;
    if (endpoint?.dueAt !== undefined) {
      timer.arm(endpoint.dueAt);
    }
  }
  return changed;
}

/** A receiver that works is forgotten when its last page is done. */
const isEnd = ({ state }: Endpoint, place: string | undefined): boolean => state === "releasing" && place === undefined;

function next(endpoint: Endpoint, place: string | undefined, released: number, now: number) {
  if (isEnd(endpoint, place)) {
    return forgetEndpoint(endpoint);
  }
  // A walk that began in the midst comes to an end where it began, in a second round.
  return endpoint.state === "paused" && place === undefined && (endpoint.place === undefined || endpoint.isLastRound)
    ? releasingUntried(endpoint, now)
    : walkMessages(endpoint, { place, dueAt: now + (released > 0 ? releaseEveryMs : 0) });
}

/** One that has to wait for another tells nothing of its receiver. */
async function firstToSend({ store }: RunOptions, held: readonly Message[], cost: Cost): Promise<Message | undefined> {
  for (const message of held) {
    const key = sentBefore(message);
    const before = key && (await store.find(key, cost));
    if (before === undefined || before.parkedAt !== undefined) {
      return message;
    }
  }
  return undefined;
}

async function release({ store, delivery, now }: RunOptions, held: readonly Message[], cost: Cost): Promise<void> {
  for await (const chunk of inChunks(held)) {
    const ended = await Promise.allSettled(
      chunk.map(async (message) => {
        const { won, image } = await store.attempt(releasing(message, now()), cost);
        if (won) {
          await delivery.send(image, cost);
        }
      }),
    );
    for (const each of ended) {
      if (each.status === "rejected") {
        throw each.reason;
      }
    }
  }
}
