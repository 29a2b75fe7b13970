/**
 * What is between the functions, in a tester's hand: streams and queues that nobody reads, messages that are lost, and
 * processes that die.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { PurgeQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Emulator } from "./emulator.ts";

interface Mapping {
  readonly UUID: string;
  readonly EventSourceArn: string;
}

/** Whether the table's stream and both queues are read by anybody. */
export async function setConsumers({ url }: Emulator, isOn: boolean): Promise<void> {
  for (const { UUID } of await mappingsOf(url)) {
    await lambda(url, "PUT", `event-source-mappings/${UUID}`, { Enabled: isOn });
  }
}

/** Every message that is in a queue is gone. How many queues there are. */
export async function loseMessages({ url, client: options }: Emulator): Promise<number> {
  const client = new SQSClient(options);
  const queues = (await mappingsOf(url)).flatMap(({ EventSourceArn }) =>
    EventSourceArn.includes(":sqs:") ? [EventSourceArn.split(":").at(-1)] : [],
  );
  for (const queue of queues) {
    await client.send(new PurgeQueueCommand({ QueueUrl: `${url}/000000000000/${queue}` }));
  }
  client.destroy();
  return queues.length;
}

/** Ends the processes that run a function now, as a machine that fails does. How many there were. */
export function killRuns({ pid: group }: Emulator, name: string): number {
  const pids = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && isRunOf(entry, group, name))
    .map(Number);
  for (const pid of pids) {
    process.kill(pid, "SIGKILL");
  }
  return pids.length;
}

/** A process that is gone by now is none. */
function isRunOf(pid: string, group: number, name: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return (
      Number(processGroup) === group &&
      environment.some((line) => line.startsWith("AWS_LAMBDA_FUNCTION_NAME=") && line.includes(name))
    );
  } catch {
    return false;
  }
}

async function mappingsOf(url: string): Promise<readonly Mapping[]> {
  const { EventSourceMappings } = await lambda(url, "GET", "event-source-mappings/");
  return EventSourceMappings ?? [];
}

/** Asks the emulator's Lambda. */
export async function lambda(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ EventSourceMappings?: readonly Mapping[] }> {
  const response = await fetch(`${url}/2015-03-31/${path}`, {
    method,
    headers: {
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=any",
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  }
  return (await response.json()) as { EventSourceMappings?: readonly Mapping[] };
}
