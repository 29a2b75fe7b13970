/**
 * Posts messages to receivers that have a URL (`protocol/rpc.md` 12.5).
 *
 * @module
 */

import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { EpochMs } from "#lib/core/index.ts";
import type { Signer } from "#lib/ports/signer.ts";
import { type Outgoing, Refusal, type Transport, Unsent } from "#lib/ports/transport.ts";
import { toBody } from "../body.ts";
import { gate } from "./gate.ts";
import { NotConnected, type Posted, post } from "./post.ts";
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
  readonly signer: Signer;
  readonly now: () => EpochMs;
  /** An id that no other message has. */
  readonly newId: () => string;
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
    concurrentMax = 512,
    waitingMax = 512,
    guard,
    signer,
    now,
    newId,
  } = options;
  const { pass } = gate(concurrentMax, waitingMax);
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  const underWay = new Set<AbortController>();
  let isClosed = false;

  const limited = async (work: (signal: AbortSignal) => Promise<Posted>): Promise<Posted> => {
    if (isClosed) {
      throw new Unsent("the server is stopping");
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

  /** Signed anew at each attempt: a receiver takes no message that was signed long ago. */
  const signed = ({ messageId = newId(), signedBy }: Outgoing, body: string) =>
    signer.sign({ id: messageId, body, now: now(), cost: { roundTrips: 0 } }, signedBy).catch((error: Error) => {
      throw new Unsent(error.message, { cause: error });
    });

  return {
    async send(message, onAnswer) {
      const { url, credentials } = toTarget(message.address);
      guard?.check(url);
      const body = toBody(message, serverUrl);
      const lookup = guard && { lookup: guard.lookup };
      const { status, retryAfter } = await pass(url.host, async () => {
        const headers = {
          "content-type": "application/json",
          ...headersOf(message),
          ...credentials,
          ...(await signed(message, body)),
        };
        return limited((signal) => post(url, { headers, body, signal, agents, connectMsMax, ...lookup }));
      });
      onAnswer?.(status);
      if (status < 200 || status > 299) {
        throw new Refusal(status, retryAfter === undefined ? undefined : toMs(retryAfter, now()));
      }
      return "sent";
    },
    close() {
      isClosed = true;
      agents.http.destroy();
      agents.https.destroy();
      for (const ending of underWay) {
        ending.abort(new Unsent("the server is stopping"));
      }
    },
  };
}

/** What the message belongs to, by the headers of requests that belong to it. */
function headersOf({ trace: { requestId, ...context } = {} }: Outgoing): Record<string, string> {
  return { ...context, ...(requestId !== undefined && { "request-id": requestId }) };
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

/** How long a receiver asks to be left alone: whole seconds, or until a moment (RFC 9110, 10.2.3). */
function toMs(retryAfter: string, now: EpochMs): number | undefined {
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** The code or the kind of what went wrong. Its message is not told: it may name the address. */
function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code ?? name ?? "no connection");
}
