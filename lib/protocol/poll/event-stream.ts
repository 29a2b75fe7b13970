import type { PollConnection, PollHub, Worker } from "#lib/ports/transport.ts";
import { comment, toEvent } from "./events.ts";

/** Bytes that wait for a receiver that does not keep up, beside what is in its socket. */
const bufferBytesMax = 1_048_576;

const encoder = new TextEncoder();

/** Connects a worker to the hub; what the hub writes are events of the stream. Undefined where the hub takes no more. */
export function eventStream(hub: PollHub, worker: Worker, pingEveryMs: number): ReadableStream<Uint8Array> | undefined {
  let connection: PollConnection | undefined;
  let ping: NodeJS.Timeout | undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (text: string): boolean => {
          if ((controller.desiredSize ?? 0) <= 0) {
            return false;
          }
          controller.enqueue(encoder.encode(text));
          return true;
        };
        // Before any message: some proxies hold the head of an answer back until they see a body.
        write(comment);
        connection = hub.connect(worker, {
          write: (text) => write(toEvent(text)),
          close() {
            clearInterval(ping);
            controller.close();
          },
        });
        if (connection !== undefined) {
          ping = setInterval(() => write(comment), pingEveryMs).unref();
        }
      },
      pull() {
        connection?.drained();
      },
      cancel() {
        clearInterval(ping);
        connection?.gone();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bufferBytesMax }),
  );
  return connection === undefined ? undefined : stream;
}
