/**
 * The load client, a process of its own: raw sockets kept open, and as much HTTP as the answers need. Every connection
 * sends its next request when the one before is answered.
 *
 * @module
 */

import { connect } from "node:net";
import { quantiles } from "./quantiles.ts";
import { group, type ScriptName, type Step, script } from "./scripts.ts";
import { listen } from "./worker.ts";

/** What to ask for, and how hard. Comes as the first argument, in JSON. */
export interface Job {
  readonly port: number;
  readonly script: ScriptName;
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

const job = JSON.parse(process.argv[2] ?? "") as Job;
const begins = performance.now() + job.warmUpMs;
const ends = begins + job.measuredMs;
const waitsMs: number[] = [];
let answered = 0;

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
    const asking = script(job.script)(`purchase/${process.pid}/${connection}/`);
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

// Tasks are for workers: one is there, and takes what is offered to nowhere.
const worker = job.script === "task round trip" ? await listen(job.port, group, "bench", () => {}) : undefined;
await Promise.all(Array.from({ length: job.connections }, (_, connection) => converse(connection)));
worker?.close();
const load: Load = {
  answered,
  perSecond: waitsMs.length / (job.measuredMs / 1_000),
  ...quantiles(waitsMs),
};
process.send?.(load);
