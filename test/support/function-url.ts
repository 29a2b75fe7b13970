import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";

const program = fileURLToPath(new URL("./function-url-process.ts", import.meta.url));

export interface FunctionUrl {
  readonly url: string;
  /** What it has logged, a line each; and what it has measured. */
  lines(): Record<string, unknown>[];
  measured(): Record<string, unknown>[];
  /** What it has complained of. */
  troubles(): readonly string[];
  stop(): Promise<void>;
}

/** The administrator's key, as it is in the function's secret. */
export const adminKey = "administrator";

/** Serves a function's file at a URL, as a process of its own, over the project's DynamoDB engine. */
export async function startFunctionUrl(file: string, surroundings: Record<string, string>): Promise<FunctionUrl> {
  const secrets = createServer((_, answer) => answer.end(JSON.stringify({ SecretString: adminKey })));
  await once(secrets.listen(0, "127.0.0.1"), "listening");
  const child = spawn(process.execPath, [program, file], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      PUBLIC_URLS: "https://promises.example,https://api.example",
      RETRY_SECONDS: "1",
      OPEN_SECONDS: "60",
      BODIES_BUCKET: "bodies",
      SERVICE_NAME: "service",
      ADMIN_KEY_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:key",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_DYNAMODB: inject("dynamoEndpoint"),
      ...surroundings,
    },
  });
  const exited = once(child, "close");
  const logged: Record<string, unknown>[] = [];
  const troubles: string[] = [];
  const listening = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line !== "") {
      logged.push(JSON.parse(line));
    }
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    const url = /^Function at (\S+)$/.exec(line)?.[1];
    url === undefined ? troubles.push(line) : listening.resolve(url);
  });
  child.on("close", () => listening.reject(new Error(`the function did not start: ${troubles.join("\n")}`)));
  return {
    url: await listening.promise,
    lines: () => logged.filter((line) => line["_aws"] === undefined),
    measured: () => logged.filter((line) => line["_aws"] !== undefined),
    troubles: () => troubles,
    async stop() {
      child.kill();
      await exited;
      secrets.close();
    },
  };
}
