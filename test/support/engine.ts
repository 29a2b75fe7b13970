/**
 * A DynamoDB of the tests' own: the engine's binary, in memory, on a port that the system picks.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the project's DynamoDB. */
    dynamoEndpoint: string;
  }
}

export interface Engine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const startMsMax = 10_000;

/**
 * Starts an engine; or, where the variable names one that runs already, uses that.
 *
 * @throws Error where the machine is not of the kind that the engine's binary is made for.
 */
export async function startEngine(): Promise<Engine> {
  const running = process.env["DYNAMODB_ENDPOINT"];
  if (running !== undefined) {
    return { endpoint: running, stop: async () => {} };
  }
  const binary = findBinary();
  const port = await freePort();
  const engine = spawn(binary, ["serve", "--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" });
  await untilListening(engine, port);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      const ended = once(engine, "exit");
      engine.kill();
      await ended;
    },
  };
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const engine = await startEngine();
  provide("dynamoEndpoint", engine.endpoint);
  return () => engine.stop();
}

function findBinary(): string {
  try {
    return createRequire(import.meta.url).resolve("@dynoxide/linux-x64/dynoxide");
  } catch (cause) {
    throw new Error("no DynamoDB engine for this machine: set DYNAMODB_ENDPOINT to the URL of one", { cause });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function untilListening(engine: ChildProcess, port: number): Promise<void> {
  const tooLate = Date.now() + startMsMax;
  while (Date.now() < tooLate && engine.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) {
      return;
    }
    await sleep(10);
  }
  throw new Error(`the DynamoDB engine does not answer on port ${port}`);
}
