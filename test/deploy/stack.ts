/**
 * The stack, deployed by the CDK's own commands, and the way to its endpoint.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { bundlesMade } from "../../infra/service-function.ts";
import type { Emulator } from "./emulator.ts";

const project = resolve(import.meta.dirname, "../..");

/** Prints a step, and how long it took. */
export type Say = (step: string, tookMs?: number) => void;

export interface Deployed {
  /** Where clients reach it. */
  readonly url: string;
  /** Where clients that sign reach it. */
  readonly signedUrl: string;
  /** The administrator's key, read as the stack's output says. */
  readonly key: string;
  /** What a secret of the stack's says, by how it is described. */
  secret(description: RegExp): Promise<string>;
  readonly outputs: Readonly<Record<string, string>>;
  /** Runs a command of the CDK's, with all that the stack has been told so far. */
  cdk(...command: string[]): Promise<string>;
  /** Deploys again, and tells the stack more: `{ retrySeconds: "20" }`. */
  update(context: Readonly<Record<string, string>>): Promise<void>;
  close(): void;
}

/** Says where people sign in, and come back from there to a URL; the service is a client there. */
export type People = (callback: string) => Promise<{ url: string; clientId: string; clientSecret: string }>;

async function signInOf(people: Awaited<ReturnType<People>>, emulatorUrl: string): Promise<Record<string, string>> {
  const { ARN = "" } = await secrets(emulatorUrl, "CreateSecret", {
    Name: "sign-in",
    SecretString: people.clientSecret,
  });
  return { signInIssuer: people.url, signInClient: people.clientId, signInSecretArn: ARN };
}

/** Bootstraps and deploys; each step says how long it took. What was begun is ended where that fails. */
export async function deploy(
  { url: emulatorUrl, environment, folder }: Emulator,
  say: Say,
  people?: People,
): Promise<Deployed> {
  const gateway = await openGateway(emulatorUrl);
  const context: Record<string, string> = {
    publicUrls: gateway.url,
    anyReceiver: "true",
    // The account's own bus.
    events: "default",
    ...(people && (await signInOf(await people(`${gateway.url}/links/signed-in`), emulatorUrl))),
  };
  const cdk = async (...command: string[]): Promise<string> => {
    const began = Date.now();
    const told = Object.entries(context).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const { stdout, stderr } = await promisify(execFile)(
      "cdk",
      [...command, "--output", join(folder, "assembly"), ...told],
      // The bundles are there, and read by others.
      { cwd: project, env: { ...environment, [bundlesMade]: "true" }, maxBuffer: 64 * 1_024 * 1_024 },
    );
    say(`cdk ${command[0]}`, Date.now() - began);
    return stdout + stderr;
  };
  const outputsFile = join(folder, "outputs.json");
  const deployAgain = () => cdk("deploy", "Resonate", "--require-approval", "never", "--outputs-file", outputsFile);
  try {
    await cdk("bootstrap", "aws://000000000000/us-east-1");
    await deployAgain();
    const { Resonate: outputs } = JSON.parse(readFileSync(outputsFile, "utf8")) as { Resonate: Record<string, string> };
    gateway.lead(pathOf(outputs["EndpointUrl"]));
    return {
      url: gateway.url,
      signedUrl: emulatorUrl + pathOf(outputs["SignedEndpointUrl"]),
      key: await readKey(emulatorUrl, outputs["AdminKeyCommand"] ?? ""),
      secret: (description) => findSecret(emulatorUrl, description),
      outputs,
      cdk,
      async update(more) {
        Object.assign(context, more);
        await deployAgain();
      },
      close: () => gateway.close(),
    };
  } catch (error) {
    gateway.close();
    throw error;
  }
}

/** Where the emulator has an API of API Gateway's. */
const pathOf = (endpoint = "") => `/_aws/execute-api/${new URL(endpoint).host.split(".")[0]}`;

/** A host of the API's own, which no emulator on one port can give it. */
async function openGateway(emulatorUrl: string) {
  let path = "";
  const proxy = createServer((incoming, outgoing) => {
    const passed = forward(
      emulatorUrl + path + incoming.url,
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
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    lead(to: string) {
      path = to;
    },
    close() {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

/** What the command that the stack puts out would print; its last word names the secret. */
const readKey = (emulatorUrl: string, command: string): Promise<string> =>
  readSecret(emulatorUrl, command.split(" ").at(-1) ?? "");

/** The secret that is described like this. */
async function findSecret(emulatorUrl: string, description: RegExp): Promise<string> {
  const { SecretList } = await secrets(emulatorUrl, "ListSecrets", {});
  const found = SecretList?.find(({ Description = "" }) => description.test(Description));
  return readSecret(emulatorUrl, found?.ARN ?? "");
}

async function readSecret(emulatorUrl: string, SecretId: string): Promise<string> {
  const { SecretString } = await secrets(emulatorUrl, "GetSecretValue", { SecretId });
  if (SecretString === undefined) {
    throw new Error(`no secret ${SecretId}`);
  }
  return SecretString;
}

interface SecretsAnswer {
  readonly ARN?: string;
  readonly SecretString?: string;
  readonly SecretList?: readonly { readonly ARN: string; readonly Description?: string }[];
}

async function secrets(emulatorUrl: string, action: string, body: object): Promise<SecretsAnswer> {
  const response = await fetch(emulatorUrl, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `secretsmanager.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=any`,
    },
    body: JSON.stringify(body),
  });
  return (await response.json()) as SecretsAnswer;
}
