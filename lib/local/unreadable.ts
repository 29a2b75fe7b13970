import type { Duplex } from "node:stream";
import { errorAnswer } from "#lib/protocol/rest/faults.ts";

const { status, body } = errorAnswer(
  400,
  40000,
  "the request cannot be read: its head is malformed, too large or too late; escape what is not ASCII in path and query",
);
const text = JSON.stringify(body);

const answer = [
  `HTTP/1.1 ${status} Bad Request`,
  "content-type: application/json; charset=utf-8",
  `content-length: ${Buffer.byteLength(text)}`,
  "connection: close",
  "",
  text,
].join("\r\n");

/** Answers what Node's parser gives up on, and no app has seen, with the error body that every client reads. */
export function answerUnreadable(_: Error, socket: Duplex): void {
  if (socket.writable) {
    socket.end(answer);
  } else {
    socket.destroy();
  }
}
