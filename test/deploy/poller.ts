import type { Message } from "../support/rpc.ts";

/** A worker that asks its mailbox again as soon as it is answered. */
export interface Poller {
  readonly messages: readonly Message[];
  until(count: number, withinMs: number): Promise<readonly Message[]>;
  stop(): void;
}

export function poll(url: string, group: string, id: string, authorization: string): Poller {
  const messages: Message[] = [];
  const stopping = new AbortController();
  const ask = async () => {
    while (!stopping.signal.aborted) {
      const response = await fetch(`${url}/poll/${group}/${id}`, {
        headers: { authorization },
        signal: stopping.signal,
      });
      const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: "));
      messages.push(...lines.map((line) => ({ ...JSON.parse(line.slice("data: ".length)), at: Date.now() })));
    }
  };
  ask().catch(() => {});
  return {
    messages,
    stop: () => stopping.abort(),
    async until(count, withinMs) {
      const tooLate = Date.now() + withinMs;
      while (messages.length < count) {
        if (Date.now() > tooLate) {
          throw new Error(`${messages.length} of ${count} messages`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return messages;
    },
  };
}
