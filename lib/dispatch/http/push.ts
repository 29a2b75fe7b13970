/**
 * Posts messages to receivers that have a URL (`protocol/rpc.md` 12.5).
 *
 * @module
 */

import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Transport } from "#lib/ports/transport.ts";
import { toBody } from "../body.ts";
import { gate } from "./gate.ts";
import { NotConnected, post } from "./post.ts";
import type { Guard } from "./public-only.ts";

export interface PushOptions {
  /** Where receivers find the server. */
  readonly serverUrl: string;
  /** From the first look for the host to the end of the answer. */
  readonly totalMsMax?: number;
  /** Of that, to the connection. */
  readonly connectMsMax?: number;
  readonly concurrentMax?: number;
  readonly waitingMax?: number;
  /** Which receivers are posted to; absent: all. */
  readonly guard?: Guard;
}

export interface Push extends Transport {
  /** Gives up what is under way, and sends no more. */
  close(): void;
}

export function pushTransport(options: PushOptions): Push {
  const {
    serverUrl,
    totalMsMax = 180_000,
    connectMsMax = 10_000,
    concurrentMax = 256,
    waitingMax = 256,
    guard,
  } = options;
  const { pass } = gate(concurrentMax, waitingMax);
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
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
      if (ending.signal.aborted) {
        throw ending.signal.reason;
      }
      throw error instanceof NotConnected ? error : new Error(`cannot be reached: ${reasonOf(error)}`);
    } finally {
      clearTimeout(timer);
      underWay.delete(ending);
    }
  };

  return {
    async send(message) {
      const { url, credentials } = toTarget(message.address);
      guard?.check(url);
      const headers = { "content-type": "application/json", ...message.trace, ...credentials };
      const body = toBody(message, serverUrl);
      const lookup = guard && { lookup: guard.lookup };
      const status = await pass(() =>
        limited((signal) => post(url, { headers, body, signal, agents, connectMsMax, ...lookup })),
      );
      if (status < 200 || status > 299) {
        throw new Error(`the receiver answered ${status}`);
      }
      return "sent";
    },
    close() {
      isClosed = true;
      agents.http.destroy();
      agents.https.destroy();
      for (const ending of underWay) {
        ending.abort(new Error("the server is stopping"));
      }
    },
  };
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

/** The code or the kind of what went wrong. Its message is not told: it may name the address. */
function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code ?? name ?? "no connection");
}
