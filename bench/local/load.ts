/**
 * The load client, a process of its own: raw sockets kept open, and as much HTTP as the answers need. Every connection
 * sends its next request when the one before is answered.
 *
 * @module
 */

import { connect } from "node:net";

/** What to ask for, and how hard. Comes as the first argument, in JSON. */
export interface Job {
  readonly port: number;
  readonly script: "create" | "get" | "create+settle";
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** What came of it; the only message to the parent. */
export interface Load {
  /** Requests answered, the warm-up's included. */
  readonly answered: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Step {
  readonly request: string;
  readonly status: 200 | 201;
}

const job = JSON.parse(process.argv[2] ?? "") as Job;
const begins = performance.now() + job.warmUpMs;
const ends = begins + job.measuredMs;
const waitsMs: number[] = [];
let answered = 0;

const message = (method: string, path: string, body: unknown): string => {
  const text = JSON.stringify(body);
  const headers = `host: localhost\r\nidempotency-key: bench\r\ncontent-type: application/json`;
  return `${method} ${path} HTTP/1.1\r\n${headers}\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
};

const create = (id: string): Step => ({
  request: message("POST", "/promises", {
    id,
    timeout: 4_102_444_800_000,
    param: { data: "aGVsbG8=" },
    tags: { team: "music" },
  }),
  status: 201,
});

const settle = (id: string): Step => ({
  request: message("PATCH", `/promises/${id}`, { state: "RESOLVED", value: { data: "ZG9uZQ==" } }),
  status: 201,
});

const get = (id: string): Step => ({
  request: `GET /promises/${id} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
  status: 200,
});

/** What one connection asks, one after the other. */
function* steps(connection: number): Generator<Step> {
  const idOf = (count: number) => `purchase/${process.pid}/${connection}/${count}`;
  if (job.script === "get") {
    yield create(idOf(0));
  }
  for (let count = 1; ; count++) {
    switch (job.script) {
      case "create":
        yield create(idOf(count));
        break;
      case "get":
        yield get(idOf(0));
        break;
      case "create+settle":
        yield create(idOf(count));
        yield settle(idOf(count));
        break;
    }
  }
}

/** The length of an answer whose head is whole, if it is. */
function lengthOf(answer: string): number | undefined {
  const head = answer.indexOf("\r\n\r\n");
  if (head < 0) {
    return undefined;
  }
  const length = /\r\ncontent-length: (\d+)/i.exec(answer);
  if (length === null) {
    throw new Error(`an answer without its length: ${answer}`);
  }
  return head + 4 + Number(length[1]);
}

const converse = (connection: number) =>
  new Promise<void>((resolve, reject) => {
    const asking = steps(connection);
    const socket = connect(job.port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
    let step: Step;
    let sent = 0;
    let answer = "";
    const ask = () => {
      step = asking.next().value;
      sent = performance.now();
      socket.write(step.request);
    };
    socket.on("connect", ask);
    socket.on("error", reject);
    socket.on("data", (text: string) => {
      answer += text;
      const length = lengthOf(answer);
      if (length === undefined || answer.length < length) {
        return;
      }
      if (!answer.startsWith(`HTTP/1.1 ${step.status} `)) {
        socket.destroy(new Error(`not ${step.status}: ${answer}`));
        return;
      }
      answer = "";
      answered++;
      const now = performance.now();
      if (now >= begins && now < ends) {
        waitsMs.push(now - sent);
      }
      if (now < ends) {
        ask();
      } else {
        socket.end(resolve);
      }
    });
  });

await Promise.all(Array.from({ length: job.connections }, (_, connection) => converse(connection)));
waitsMs.sort((a, b) => a - b);
const quantile = (share: number) => waitsMs[Math.floor(waitsMs.length * share)] ?? Number.NaN;
const load: Load = {
  answered,
  perSecond: waitsMs.length / (job.measuredMs / 1_000),
  p50Ms: quantile(0.5),
  p99Ms: quantile(0.99),
};
process.send?.(load);
