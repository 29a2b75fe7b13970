/**
 * Workers that listen on a stream which takes from their mailbox by itself, where no process stays that could tell it:
 * for a while, then it ends, and the worker comes again.
 *
 * @module
 */

import type { Cost } from "#lib/ports/store.ts";
import type { Listeners, Outgoing, PollStream, Worker } from "#lib/ports/transport.ts";
import { type MailboxOptions, takeWaiting } from "./held-poll.ts";

export interface MailboxStreamOptions extends Omit<MailboxOptions, "mayHave" | "room"> {
  readonly sleep: (ms: number) => Promise<unknown>;
  /** How often the mailbox is looked into. */
  readonly lookEveryMs: number;
  /** How long a stream stays open at most. */
  readonly openMs: number;
  /** After how many characters of messages it ends before its time, and how many one look takes at most. */
  readonly lengthMax: number;
  readonly lookLengthMax: number;
  readonly toText: (message: Outgoing) => string;
  /** Told of each stream that has ended. */
  readonly onEnd: (ended: StreamEnded) => void;
}

export interface StreamEnded extends Cost {
  /** How many it has carried. */
  readonly messages: number;
  /** What ended it before its time; absent: nothing did. */
  readonly error?: unknown;
}

/** Nothing is taken while the receiver does not keep up: what is taken counts as delivered. */
export const mailboxListeners = (options: MailboxStreamOptions): Listeners => ({
  connect(worker, stream) {
    const line = lineTo(stream);
    const counted = { roundTrips: 0, messages: 0 };
    const { mayHave } = stream;
    const ended = (failure: Pick<StreamEnded, "error">) => {
      line.end();
      options.onEnd({ ...counted, ...failure });
    };
    void carry({ ...options, ...(mayHave && { mayHave }) }, worker, line, counted).then(
      () => ended({}),
      (error: unknown) => ended({ error }),
    );
    return { drained: line.drained, gone: line.gone };
  },
});

async function carry(
  options: MailboxStreamOptions & Pick<MailboxOptions, "mayHave">,
  worker: Worker,
  { isOver, write }: Line,
  counted: Cost & { messages: number },
): Promise<void> {
  const { now, sleep, lookEveryMs, openMs, lengthMax, lookLengthMax, toText } = options;
  const room = { bytesOf: (message: Outgoing) => toText(message).length, bytesMax: lookLengthMax };
  const end = now() + openMs;
  let length = 0;
  while (!isOver() && length < lengthMax) {
    const taken = await takeWaiting({ ...options, room }, worker, counted);
    for (const text of taken.map(toText)) {
      await write(text);
      length += text.length;
      counted.messages += 1;
    }
    if (now() + lookEveryMs > end) {
      return;
    }
    if (taken.length === 0) {
      await sleep(lookEveryMs);
    }
  }
}

interface Line {
  isOver(): boolean;
  /** Resolves when the receiver has the text, or is gone. */
  write(text: string): Promise<void>;
  drained(): void;
  gone(): void;
  /** Ends the stream, unless its receiver has. */
  end(): void;
}

function lineTo(stream: PollStream): Line {
  let isOver = false;
  let wake = () => {};
  return {
    isOver: () => isOver,
    async write(text) {
      while (!isOver && !stream.write(text)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    drained: () => wake(),
    gone() {
      isOver = true;
      wake();
    },
    end() {
      if (!isOver) {
        isOver = true;
        stream.close();
      }
    },
  };
}
