/**
 * Lifecycle events to an event bus.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { AwsService } from "#lib/aws-request.ts";
import type { Announcement, Bus } from "#lib/ports/bus.ts";
import { call, json } from "./call.ts";

/** What one request takes: entries, and bytes of all of them together. */
export const putMax = { entries: 10, bytes: 256 * 1_024 } as const;

/** How often entries that the bus refuses are put, and the wait that doubles before each time but the first. */
const attemptsMax = 3;
const backoffMs = 100;

export const eventSource = "resonate";

/** An event as a bus is given it. Rules match on all of it. */
export interface Entry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

export function toEntry({ kind, ...detail }: Announcement, EventBusName: string): Entry {
  return { EventBusName, Source: eventSource, DetailType: `promise.${kind}`, Detail: JSON.stringify(detail) };
}

/** @param name The bus's name or ARN. */
export const eventBus = (events: AwsService, name: string): Bus => ({
  async put(announcements) {
    const entries = announcements.map((announcement) => toEntry(announcement, name));
    return (await Promise.all(inRequests(entries).map((request) => putAll(events, request)))).flat();
  },
});

/** The entries in their order, as few requests as take them. */
function inRequests(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const requests: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeOf(entry);
    const last = requests.at(-1);
    if (last === undefined || last.length === putMax.entries || bytes + size > putMax.bytes) {
      requests.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return requests;
}

/** As EventBridge counts it. */
const sizeOf = ({ Source, DetailType, Detail }: Entry): number => Buffer.byteLength(Source + DetailType + Detail);

/** One request's entries, and again those of them that the bus has refused. */
async function putAll(events: AwsService, entries: readonly Entry[]): Promise<readonly (Error | undefined)[]> {
  let left = entries.map((entry, at): Refusal => ({ entry, at, error: notTried }));
  for (let attempt = 0; left.length > 0 && attempt < attemptsMax; attempt++) {
    if (attempt > 0) {
      await sleep(Math.random() * backoffMs * 2 ** attempt);
    }
    try {
      left = await putOnce(events, left);
    } catch (error) {
      // It has been repeated already, where that may help.
      left = left.map((refusal) => ({ ...refusal, error: error as Error }));
      break;
    }
  }
  return entries.map((_, at) => left.find((refusal) => refusal.at === at)?.error);
}

interface Refusal {
  readonly entry: Entry;
  readonly at: number;
  readonly error: Error;
}

const notTried = new Error("the event was not put");

/** @returns What was not taken, with the bus's own word for why, and nothing else of what it said: that may name ARNs. */
async function putOnce(events: AwsService, put: readonly Refusal[]): Promise<Refusal[]> {
  const request = json("1.1", "AWSEvents.PutEvents", { Entries: put.map(({ entry }) => entry) });
  const { Entries = [] } = JSON.parse(await call(events, request)) as {
    readonly Entries?: readonly { readonly EventId?: string; readonly ErrorCode?: string }[];
  };
  return put.flatMap((tried, nth) => {
    const { EventId, ErrorCode = "without a reason" } = Entries[nth] ?? {};
    const error = new Error(`the bus refused an event: ${ErrorCode.slice(0, 80)}`);
    return EventId === undefined ? [{ ...tried, error }] : [];
  });
}
