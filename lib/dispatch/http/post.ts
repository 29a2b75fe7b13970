import { type Agent as HttpAgent, request as httpRequest } from "node:http";
import { type Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";

export interface Posting {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly lookup?: LookupFunction;
  /** How long a connection may take, the look for its host included, in milliseconds. */
  readonly connectMsMax: number;
}

export interface Posted {
  readonly status: number;
  /** The header of this name, as it stands. */
  readonly retryAfter?: string;
}

/** Bytes of an answer that are read, so that its connection can be used again. Nobody looks at them. */
const answerBytesMax = 4_096;

export class NotConnected extends Error {
  constructor(ms: number) {
    super(`no connection within ${ms} ms`);
  }
}

/** Posts a body; what comes back is a status, whatever comes of the rest of the answer. No redirect is followed. */
export function post(url: URL, posting: Posting): Promise<Posted> {
  const { headers, body, signal, agents, lookup, connectMsMax } = posting;
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
    const tooLate = setTimeout(() => request.destroy(new NotConnected(connectMsMax)), connectMsMax);
    const connected = () => clearTimeout(tooLate);
    request.on("socket", (socket) => (socket.connecting ? socket.once("connect", connected) : connected()));
    request.on("close", connected);
    request.on("error", reject);
    // Whatever a connection does not tell of its end, nobody waits for it any longer.
    const aborted = () => reject(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    request.on("response", (answer) => {
      const retryAfter = answer.headers["retry-after"];
      const settled = () =>
        resolve({ status: answer.statusCode ?? 0, ...(retryAfter !== undefined && { retryAfter }) });
      request.off("error", reject).on("error", settled);
      signal.removeEventListener("abort", aborted);
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.byteLength;
        if (bytes > answerBytesMax) {
          answer.destroy();
        }
      });
      answer.on("close", settled).on("error", settled);
    });
    // To another protocol: who was asked for nothing of the kind has not taken the message.
    request.on("upgrade", ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve({ status: statusCode });
    });
    request.end(body);
  });
}
