/** Takes whatever is posted to it, until the test ends. */

import type { IncomingHttpHeaders } from "node:http";
import { expect, vi } from "vitest";
import { serve } from "./listener.ts";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly requests: readonly Received[];
  /** Resolves when there have been so many. */
  until(count: number): Promise<void>;
}

export async function receiving(): Promise<Receiver> {
  const requests: Received[] = [];
  const { url } = await serve(async (request, response) => {
    requests.push({ headers: request.headers, body: (await request.toArray()).join("") });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  return {
    url,
    requests,
    async until(count) {
      await vi.waitFor(() => expect(requests.length).toBeGreaterThanOrEqual(count), 10_000);
    },
  };
}
