/**
 * Messages to what else is in the account.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { it } from "vitest";
import { call } from "#lib/dispatch/aws/call.ts";
import { eventBridge } from "./bus.ts";
import type { Emulator } from "./emulator.ts";
import { openQueue } from "./queue.ts";
import { far, type Scenarios } from "./stand.ts";

/** A queue that is told whatever is published on a new topic. */
async function openTopic(emulator: Emulator, name: string) {
  const queue = await openQueue(emulator, `${name}-topic`);
  const publisher = async (fields: Readonly<Record<string, string>>) => {
    const { region, credentials, endpoint } = emulator.client;
    const service = { name: "sns", region, credentials, endpoint: new URL(endpoint), answerMsMax: 5_000 };
    const body = new URLSearchParams({ Version: "2010-03-31", ...fields }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return call(service, { method: "POST", path: "/", headers, body });
  };
  await publisher({ Action: "CreateTopic", Name: name });
  const TopicArn = `arn:aws:sns:us-east-1:000000000000:${name}`;
  await publisher({ Action: "Subscribe", TopicArn, Protocol: "sqs", Endpoint: queue.arn });
  return queue;
}

/** A queue that is told whatever comes to a new event bus from the service. */
async function openBus(emulator: Emulator, name: string) {
  const queue = await openQueue(emulator, `${name}-bus`);
  const ask = eventBridge(emulator);
  await ask("CreateEventBus", { Name: name });
  const EventPattern = JSON.stringify({ source: ["resonate"] });
  await ask("PutRule", { Name: `${name}-all`, EventBusName: name, EventPattern });
  const Targets = [{ Id: "queue", Arn: queue.arn }];
  await ask("PutTargets", { Rule: `${name}-all`, EventBusName: name, Targets });
  return queue;
}

/** By a scheme, what is opened for it, and what of what has come was sent. */
const receivers = {
  sqs: { open: openQueue, unwrap: (message: unknown) => message },
  sns: { open: openTopic, unwrap: (message: unknown) => JSON.parse((message as { Message: string }).Message) },
  eventbridge: { open: openBus, unwrap: (message: unknown) => (message as { detail: unknown }).detail },
} as const;

export const natively: Scenarios = (stand) => {
  it.concurrent.for(Object.entries(receivers))(
    "hands offers and news to %s of the account",
    async ([scheme, { open, unwrap }], { expect }) => {
      const { call: ask, deployed, emulator } = stand();
      const name = `jobs-${randomUUID()}`;
      const receiver = await open(emulator, name);
      const [id, address] = [`job/${name}`, `${scheme}://${name}`];
      await ask("promise.create", { id, timeoutAt: far, tags: { "resonate:target": address } });
      await ask("promise.register_listener", { awaited: id, address });
      await ask("promise.settle", { id, state: "resolved", value: { data: "done" } });
      const told: { readonly kind: string }[] = [];
      await expect
        .poll(async () => told.push(...(await receiver.receive()).map(unwrap)), { timeout: 40_000, interval: 10 })
        .toBeGreaterThanOrEqual(2);
      receiver.close();
      const head = { serverUrl: deployed.url };
      expect(told.toSorted((a, b) => a.kind.localeCompare(b.kind))).toMatchObject([
        { kind: "execute", head, data: { task: { id, version: 0 } } },
        { kind: "unblock", data: { promise: { id, state: "resolved", value: { data: "done" } } } },
      ]);
    },
  );
};
