/** A client of the RPC door, and a worker that listens, over the network. */

import { onTestFinished } from "vitest";

export const protocolVersion = "2026-04-01";

export interface RpcReply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  readonly data: any;
}

let requests = 0;

/** Asks a server; the envelope must repeat the request's, and its status be the answer's own. */
export async function rpc(url: string, kind: string, data: object, head: object = {}): Promise<RpcReply> {
  const corrId = `c${requests++}`;
  const response = await fetch(url, {
    method: "POST",
    body: JSON.stringify({ kind, head: { corrId, version: protocolVersion, ...head }, data }),
  });
  const body = (await response.json()) as { kind: string; head: { corrId: string; status: number }; data: unknown };
  if (body.kind !== kind || body.head.corrId !== corrId || body.head.status !== response.status) {
    throw new Error(`not an answer to ${kind} ${corrId}: ${response.status} ${JSON.stringify(body)}`);
  }
  return { status: response.status, data: body.data };
}

export interface Message {
  readonly kind: "execute" | "unblock";
  readonly head: { readonly serverUrl?: string };
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a message
  readonly data: any;
  /** When it came. */
  readonly at: number;
}

export interface Listening {
  readonly messages: readonly Message[];
  /** Resolves with all messages as soon as there are so many. */
  until(count: number, withinMs?: number): Promise<readonly Message[]>;
  leave(): void;
}

/** Connects a worker's stream, until the test ends. */
export async function listen(url: string, group: string, id: string): Promise<Listening> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/poll/${encodeURIComponent(group)}/${encodeURIComponent(id)}`, {
    signal: leaving.signal,
  });
  if (!response.ok || response.body === null) {
    throw new Error(`no stream: ${response.status} ${await response.text()}`);
  }
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  const read = async (body: ReadableStream<Uint8Array>) => {
    let text = "";
    for await (const chunk of body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines.filter((each) => each.startsWith("data: "))) {
        messages.push({ ...JSON.parse(line.slice("data: ".length)), at: Date.now() });
      }
      for (const wake of waiting) {
        wake();
      }
    }
  };
  read(response.body).catch(() => {});
  const leave = () => leaving.abort();
  onTestFinished(leave);
  return {
    messages,
    leave,
    until: (count, withinMs = 10_000) =>
      new Promise((resolve, reject) => {
        const tooLate = setTimeout(
          () => reject(new Error(`${messages.length} of ${count} messages: ${JSON.stringify(messages)}`)),
          withinMs,
        );
        const look = () => {
          if (messages.length >= count) {
            clearTimeout(tooLate);
            waiting.delete(look);
            resolve(messages);
          }
        };
        waiting.add(look);
        look();
      }),
  };
}
