/**
 * The stack, deployed by the CDK's own commands, and the way to its endpoint.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Emulator } from "./emulator.ts";

const project = resolve(import.meta.dirname, "../..");

export interface Deployed {
  /** Where clients reach it. */
  readonly url: string;
  /** Where clients that sign reach it. */
  readonly signedUrl: string;
  /** The administrator's key, read as the stack's output says. */
  readonly key: string;
  readonly outputs: Readonly<Record<string, string>>;
  cdk(...command: string[]): Promise<string>;
  close(): void;
}

/** What the stack is told beside its URL. The bus is the account's own. */
const told = { anyReceiver: "true", events: "default" };

const contextOf = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);

/** Bootstraps and deploys; each step says how long it took. */
export async function deploy(
  { url: emulatorUrl, environment }: Emulator,
  say: (step: string) => void,
): Promise<Deployed> {
  const folder = mkdtempSync(join(tmpdir(), "deployed-"));
  const gateway = { path: "" };
  const proxy = createServer((incoming, outgoing) => {
    const passed = forward(
      emulatorUrl + gateway.path + incoming.url,
      { method: incoming.method, headers: { ...incoming.headers, host: new URL(emulatorUrl).host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const cdk = async (...command: string[]): Promise<string> => {
    const began = Date.now();
    const { stdout, stderr } = await promisify(execFile)(
      "cdk",
      [...command, "--output", join(folder, "assembly"), ...contextOf({ ...told, publicUrls: url })],
      { cwd: project, env: environment, maxBuffer: 64 * 1_024 * 1_024 },
    );
    say(`cdk ${command[0]}: ${Date.now() - began} ms`);
    return stdout + stderr;
  };
  await cdk("bootstrap", "aws://000000000000/us-east-1");
  const outputsFile = join(folder, "outputs.json");
  await cdk("deploy", "Resonate", "--require-approval", "never", "--outputs-file", outputsFile);
  const { Resonate: outputs } = JSON.parse(readFileSync(outputsFile, "utf8")) as { Resonate: Record<string, string> };
  const pathOf = (endpoint = "") => `/_aws/execute-api/${new URL(endpoint).host.split(".")[0]}`;
  gateway.path = pathOf(outputs["EndpointUrl"]);
  return {
    url,
    signedUrl: emulatorUrl + pathOf(outputs["SignedEndpointUrl"]),
    key: await readKey(emulatorUrl, outputs["AdminKeyCommand"] ?? ""),
    outputs,
    cdk,
    close() {
      proxy.close();
      proxy.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What the command that the stack puts out would print; its last word names the secret. */
async function readKey(emulatorUrl: string, command: string): Promise<string> {
  const SecretId = command.split(" ").at(-1);
  const response = await fetch(emulatorUrl, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "secretsmanager.GetSecretValue",
      authorization: `AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=any`,
    },
    body: JSON.stringify({ SecretId }),
  });
  const { SecretString } = (await response.json()) as { SecretString?: string };
  if (SecretString === undefined) {
    throw new Error(`no key in ${SecretId}: ${response.status}`);
  }
  return SecretString;
}
