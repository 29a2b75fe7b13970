/**
 * What the scenarios stand on: the deployed service, asked over HTTP, and the emulator's own doors to what it is made of.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Store } from "#lib/ports/store.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import type { Reply } from "../support/door.ts";
import { request } from "../support/http.ts";
import { type RpcReply, rpc } from "../support/rpc.ts";
import type { Emulator } from "./emulator.ts";
import { type Poller, poll } from "./poller.ts";
import type { Deployed, Say } from "./stack.ts";

/** A deadline that no test comes to. */
export const far = 4_102_444_800_000;

/** One caller of the service. */
export interface Caller {
  ask(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Reply>;
  call(kind: string, data: object): Promise<RpcReply>;
  listen(group: string, id: string): Poller;
}

export interface Stand extends Caller {
  readonly emulator: Emulator;
  readonly deployed: Deployed;
  readonly say: Say;
  /** The table itself: what is read there has not been answered, and so not been looked after, by the service. */
  readonly store: Store;
  readonly database: DynamoDBClient;
  /** Somebody with this key or token. */
  as(credential: string): Caller;
}

/** Scenarios of one kind; they are told where they stand when they run. */
export type Scenarios = (stand: () => Stand) => void;

export function standOn(emulator: Emulator, deployed: Deployed, say: Say): Stand {
  return {
    ...callerWith(deployed.url, deployed.key),
    emulator,
    deployed,
    say,
    store: dynamoStore({ client: dynamoClient(emulator.client), table: deployed.outputs["TableName"] ?? "" }),
    database: new DynamoDBClient(emulator.client),
    as: (credential) => callerWith(deployed.url, credential),
  };
}

/** As a client does it: what was not answered, or with a failure that may pass, is asked again. */
export async function persistently(ask: () => Promise<Reply>, onRepeat = () => {}): Promise<Reply> {
  for (;;) {
    const reply = await ask().catch(() => undefined);
    if (reply !== undefined && reply.status < 500 && reply.status !== 429) {
      return reply;
    }
    onRepeat();
    await sleep(50);
  }
}

function callerWith(url: string, credential: string): Caller {
  const authorization = `Bearer ${credential}`;
  return {
    ask: (method, path, body, headers = {}) => request(url, method, path, body, { ...headers, authorization }),
    call: (kind, data) => rpc(url, kind, data, { auth: credential }),
    listen: (group, id) => poll(url, group, id, authorization),
  };
}
