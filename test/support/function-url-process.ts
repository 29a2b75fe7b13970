/**
 * A function behind its URL, as Lambda runs it: each request becomes an event, and the answer is streamed. It sees no
 * disconnect: what it writes for a client that has gone is written to nobody.
 *
 * Its only argument is the file of the function.
 *
 * @module
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";

interface Metadata {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
}

class ResponseStream extends Writable {
  readonly #answer: ServerResponse;

  constructor(answer: ServerResponse) {
    super();
    this.#answer = answer;
  }

  begin({ statusCode, headers }: Metadata): this {
    this.#answer.writeHead(statusCode, headers).flushHeaders();
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#answer.closed || this.#answer.write(chunk)) {
      done();
      return;
    }
    const goOn = () => {
      this.#answer.off("drain", goOn).off("close", goOn);
      done();
    };
    this.#answer.on("drain", goOn).on("close", goOn);
  }

  override _final(done: () => void): void {
    this.#answer.end();
    done();
  }
}

Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: <Handler>(handler: Handler): Handler => handler,
    HttpResponseStream: { from: (stream: ResponseStream, metadata: Metadata) => stream.begin(metadata) },
  },
});

const { handler } = await import(process.argv[2] ?? "");

async function eventOf(request: IncomingMessage) {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
  const [rawPath = "", rawQueryString = ""] = (request.url ?? "").split(/\?(.*)/s);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    headers: request.headers,
    requestContext: { domainName: "own.lambda-url.example", http: { method: request.method, path: rawPath } },
    isBase64Encoded: true,
    ...(body.length > 0 && { body: body.toString("base64") }),
  };
}

const server = createServer(async (request, answer) => {
  try {
    await handler(await eventOf(request), new ResponseStream(answer), {});
  } catch (error) {
    process.stderr.write(`${error}\n`);
    answer.destroy();
  }
}).listen(0, "127.0.0.1");
await once(server, "listening");
process.stderr.write(`Function at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
