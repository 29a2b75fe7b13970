import type { Listeners, PollConnection, Worker } from "#lib/ports/transport.ts";
import type { Listening } from "../context.ts";
import { comment, toEvent } from "./events.ts";

/** Bytes that wait for a receiver that does not keep up, beside what is in its socket. */
const bufferBytesMax = 1_048_576;

const encoder = new TextEncoder();

/** Connects a worker; what it is told are events of the stream. Undefined where no more workers are taken. */
export function eventStream(
  listeners: Listeners,
  worker: Worker,
  pingEveryMs: number,
  listening?: Listening,
): ReadableStream<Uint8Array> | undefined {
  let connection: PollConnection | undefined;
  let isOver = false;
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
        const close = () => {
          isOver = true;
          clearInterval(ping);
          controller.close();
        };
        // Before any message: some proxies hold the head of an answer back until they see a body.
        write(comment);
        connection = listeners.connect(worker, {
          write: (text) => write(toEvent(text)),
          close,
          ...(listening && { mayHave: listening.mayHave }),
        });
        if (connection !== undefined) {
          ping = setInterval(async () => {
            write(comment);
            if ((await listening?.isStillKnown()) === false && !isOver) {
              connection?.gone();
              close();
            }
          }, pingEveryMs).unref();
        }
      },
      pull() {
        connection?.drained();
      },
      cancel() {
        isOver = true;
        clearInterval(ping);
        connection?.gone();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bufferBytesMax }),
  );
  return connection === undefined ? undefined : stream;
}
