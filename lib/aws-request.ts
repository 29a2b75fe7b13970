/**
 * One signed request to a service of AWS's: its client library would be a third of a function's bundle.
 *
 * @module
 */

import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { partition } from "@aws-sdk/core/client";
import { SignatureV4 } from "@smithy/signature-v4";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsService {
  /** As signatures name it: `s3`, `secretsmanager`. */
  readonly name: string;
  readonly region: string;
  readonly endpoint: URL;
  readonly credentials: Credentials | (() => Promise<Credentials>);
  /** How long an answer is waited for, its body included. */
  readonly answerMsMax: number;
}

export interface AwsRequest {
  readonly method: string;
  /** Escaped already. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** @throws Error where the service cannot be reached. */
export async function awsRequest(
  { name, region, endpoint, credentials, answerMsMax }: AwsService,
  { method, path, headers: given = {}, body }: AwsRequest,
): Promise<Response> {
  // Only S3 takes a path as it stands.
  const uriEscapePath = name !== "s3";
  const signer = new SignatureV4({ credentials, region, service: name, sha256: Sha256, uriEscapePath });
  const { headers } = await signer.sign({
    method,
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    path,
    headers: { host: endpoint.host, ...given },
    ...(body !== undefined && { body }),
  });
  const signal = AbortSignal.timeout(answerMsMax);
  return fetch(new URL(path, endpoint), { method, headers, signal, ...(body !== undefined && { body }) });
}

/**
 * Where a function finds a service: its own region's, or what a test has put in place of all of them.
 *
 * @param service As hosts name it: `sqs`, `events`.
 */
export const endpointOf = (service: string, region: string): URL =>
  new URL(process.env["AWS_ENDPOINT_URL"] ?? `https://${hostOf(service, region)}`);

/** `sqs.eu-west-1.amazonaws.com`; in other partitions, such as China's, hosts end otherwise. */
export const hostOf = (service: string, region: string): string =>
  `${service}.${region}.${partition(region).dnsSuffix}`;

/** A function has its credentials in its environment. */
export function credentialsFromEnvironment(): Credentials {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}

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
