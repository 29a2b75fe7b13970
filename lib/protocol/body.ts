import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Fault } from "#lib/core/index.ts";

/**
 * Bytes of a request's body: one of the largest payloads, and everything else that a request may hold. A function is
 * handed 6 MB at most, in which every quotation mark of the body counts twice.
 */
export const bodyBytesMax = 2_900_000;

const bodyTooLarge = () =>
  new Fault("tooLarge", { violations: [{ field: "body", message: `body must be at most ${bodyBytesMax} bytes` }] });

const countBody = bodyLimit({
  maxSize: bodyBytesMax,
  onError: () => {
    throw bodyTooLarge();
  },
});

/** A body that says its length is refused unread; any other is counted as it is read, which is slower. */
export async function limitBody(c: Context, next: () => Promise<void>) {
  const length = c.req.header("content-length");
  if (length === undefined) {
    return countBody(c, next);
  }
  if (Number(length) > bodyBytesMax) {
    throw bodyTooLarge();
  }
  return next();
}

/** Refuses what is no UTF-8, instead of keeping something else in its place. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The JSON of a body; undefined where it is none. */
export function toJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}
