/** Reads a secret by one signed request: the client library for it would be a third of the bundle. */

import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";

/** Node's own SHA-256, in the form that the signer asks for. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

const toBytes = (data: string | ArrayBuffer | ArrayBufferView): Uint8Array | string =>
  typeof data === "string"
    ? data
    : ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);

const answerMsMax = 2_000;

/** @throws Error where it cannot be read; what it says holds nothing of the secret. */
export async function readSecret(arn: string): Promise<string> {
  const region = process.env["AWS_REGION"] ?? "us-east-1";
  const endpoint = new URL(process.env["AWS_ENDPOINT_URL"] ?? `https://secretsmanager.${region}.amazonaws.com`);
  const signer = new SignatureV4({ credentials: credentials(), region, service: "secretsmanager", sha256: Sha256 });
  const body = JSON.stringify({ SecretId: arn });
  const { headers } = await signer.sign({
    method: "POST",
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    path: "/",
    headers: {
      host: endpoint.host,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "secretsmanager.GetSecretValue",
    },
    body,
  });
  const response = await fetch(endpoint, { method: "POST", headers, body, signal: AbortSignal.timeout(answerMsMax) });
  const { SecretString } = (await response.json()) as { SecretString?: string };
  if (!response.ok || SecretString === undefined) {
    throw new Error(`the secret cannot be read: ${response.status}`);
  }
  return SecretString;
}

/** A function has its credentials in its environment. */
function credentials() {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}
