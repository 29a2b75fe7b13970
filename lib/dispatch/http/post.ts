import { type Agent as HttpAgent, request as httpRequest } from "node:http";
import { type Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";

export interface Posting {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly lookup?: LookupFunction;
}

/** Bytes of an answer that are read, so that its connection can be used again. Nobody looks at them. */
const answerBytesMax = 4_096;

/** Posts a body; what comes back is a status, whatever comes of the rest of the answer. No redirect is followed. */
export function post(url: URL, { headers, body, signal, agents, lookup }: Posting): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      method: "POST",
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
      signal,
      ...(lookup && { lookup }),
    };
    const request =
      url.protocol === "https:"
        ? httpsRequest(url, { ...options, agent: agents.https })
        : httpRequest(url, { ...options, agent: agents.http });
    request.on("error", reject);
    request.on("response", (answer) => {
      const settled = () => resolve(answer.statusCode ?? 0);
      request.off("error", reject).on("error", settled);
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.byteLength;
        if (bytes > answerBytesMax) {
          answer.destroy();
        }
      });
      answer.on("close", settled).on("error", settled);
    });
    request.end(body);
  });
}
