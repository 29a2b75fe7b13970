/**
 * The least that a server on `node:http` can do, as a process of its own: reads the request, and answers a promise
 * that it has not looked at.
 *
 * @module
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const body = JSON.stringify({
  id: "purchase/12345/12/34567",
  state: "PENDING",
  param: { data: "aGVsbG8=" },
  value: {},
  timeout: 4_102_444_800_000,
  idempotencyKeyForCreate: "bench",
  tags: { team: "music" },
  createdOn: 1_795_000_000_000,
});

const headers = { "content-type": "application/json; charset=utf-8", "content-length": body.length };

const server = createServer((request, response) => {
  const answer = () => response.writeHead(request.method === "GET" ? 200 : 201, headers).end(body);
  request.on("end", answer).resume();
});
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`http://localhost:${(server.address() as AddressInfo).port}\n`);
});
