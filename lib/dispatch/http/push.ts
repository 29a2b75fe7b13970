/**
 * Posts messages to receivers that have a URL (`protocol/rpc.md` 12.5).
 *
 * @module
 */

import type { Transport } from "#lib/ports/transport.ts";
import { toBody } from "../body.ts";
import { gate } from "./gate.ts";

export interface PushOptions {
  /** Where receivers find the server. */
  readonly serverUrl: string;
  /** From the first look for the host to the end of the answer. Node gives up connecting after 10 s of it. */
  readonly totalMsMax?: number;
  readonly concurrentMax?: number;
  readonly waitingMax?: number;
}

export interface Push extends Transport {
  /** Gives up what is under way, and sends no more. */
  close(): void;
}

/** Bytes of an answer that are read, so that its connection can be used again. Nobody looks at them. */
const answerBytesMax = 4_096;

export function pushTransport(options: PushOptions): Push {
  const { serverUrl, totalMsMax = 180_000, concurrentMax = 256, waitingMax = 256 } = options;
  const { pass } = gate(concurrentMax, waitingMax);
  const underWay = new Set<AbortController>();
  let isClosed = false;

  const limited = async (work: (signal: AbortSignal) => Promise<number>): Promise<number> => {
    if (isClosed) {
      throw new Error("the server is stopping");
    }
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(new Error(`no answer within ${totalMsMax} ms`)), totalMsMax);
    underWay.add(ending);
    try {
      return await work(ending.signal);
    } catch (error) {
      throw ending.signal.aborted ? ending.signal.reason : new Error(`cannot be reached: ${reasonOf(error)}`);
    } finally {
      clearTimeout(timer);
      underWay.delete(ending);
    }
  };

  return {
    async send(message) {
      const status = await pass(() => limited((signal) => post(message.address, toBody(message, serverUrl), signal)));
      if (status < 200 || status > 299) {
        throw new Error(`the receiver answered ${status}`);
      }
      return "sent";
    },
    close() {
      isClosed = true;
      for (const ending of underWay) {
        ending.abort(new Error("the server is stopping"));
      }
    },
  };
}

/** Posts a body; what comes back is a status, whatever comes of the rest of the answer. */
async function post(address: string, body: string, signal: AbortSignal): Promise<number> {
  const { url, credentials } = toTarget(address);
  const headers = { "content-type": "application/json", ...credentials };
  // A receiver that could send a message on to anywhere would reach what only the server can.
  const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
  await readSome(answer).catch(() => undefined);
  return answer.status;
}

/** A URL may hold a name and a password, which are sent in a header. */
function toTarget(address: string): { url: URL; credentials?: { authorization: string } } {
  const url = new URL(address);
  const { username, password } = url;
  if (username === "" && password === "") {
    return { url };
  }
  url.username = "";
  url.password = "";
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, credentials: { authorization: `Basic ${Buffer.from(text).toString("base64")}` } };
}

async function readSome(answer: Response): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) {
      return;
    }
  }
}

/** The code or the kind of what went wrong below. Its message is not told: it may name the address. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown; name?: unknown } };
  return String(cause?.code ?? cause?.name ?? "no connection");
}
