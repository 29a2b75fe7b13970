/**
 * A server with the door of listening workers, and workers that listen over the network.
 *
 * @module
 */

import { getRequestListener } from "@hono/node-server";
import { onTestFinished } from "vitest";
import { type HubOptions, pollHub } from "#lib/dispatch/poll/hub.ts";
import { pollApp } from "#lib/protocol/poll/app.ts";
import { serve } from "../support/listener.ts";

export async function startDoor(options: Partial<HubOptions> & { pingEveryMs?: number } = {}) {
  const hub = pollHub({ serverUrl: "http://server", now: Date.now, ...options });
  const app = pollApp({ listeners: hub, ...options });
  const { url, server } = await serve(getRequestListener(app.fetch));
  return { hub, url, server, app };
}

export interface Stream {
  readonly answer: Response;
  /** What came so far, as it came. */
  text(): string;
  /** Ids of the tasks and promises that it was told of. */
  heard(): string[];
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  drop(): void;
}

export async function listen(url: string, path: string, headers: Record<string, string> = {}): Promise<Stream> {
  const dropping = new AbortController();
  const answer = await fetch(url + path, { headers, signal: dropping.signal });
  onTestFinished(() => dropping.abort());
  const bytes: Uint8Array[] = [];
  const read = async () => {
    for await (const chunk of answer.body ?? []) {
      bytes.push(chunk);
    }
  };
  // Being dropped ends it too.
  const ended = read().catch(() => undefined);
  const text = () => Buffer.concat(bytes).toString("latin1");
  return {
    answer,
    text,
    heard: () =>
      messagesIn(text()).map(({ data }) => {
        return data.task?.id ?? data.promise?.id ?? "";
      }),
    ended,
    drop: () => dropping.abort(),
  };
}

interface Message {
  readonly data: { readonly task?: { id: string }; readonly promise?: { id: string; value: { data?: string } } };
}

/** The messages of whole events. */
export const messagesIn = (text: string): Message[] =>
  text
    .split("\n\n")
    .slice(0, -1)
    .filter((event) => event.startsWith("data: "))
    .map((event) => JSON.parse(event.slice("data: ".length)));
