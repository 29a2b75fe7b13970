import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { startProcess } from "../support/server-process.ts";

it.each([
  ["a query that is not escaped", "GET /promises?id=é* HTTP/1.1\r\nhost: a\r\n\r\n"],
  ["a method that nobody knows", "FOO /health HTTP/1.1\r\nhost: a\r\n\r\n"],
  ["a length that is none", "POST /promises HTTP/1.1\r\nhost: a\r\ncontent-length: abc\r\n\r\n"],
  ["a head that is too large", `GET /promises/${"a".repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
  ["no HTTP at all", "hello\r\n\r\n"],
])("answers %s in JSON, and goes on serving", async (_, sent) => {
  const server = await startProcess("--memory");
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(sent);
  const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1.1 400 Bad Request\r\ncontent-type: application\/json/);
  expect(JSON.parse(body)).toMatchObject({ error: { code: 40000, details: [] } });
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  await server.end("SIGKILL");
});
