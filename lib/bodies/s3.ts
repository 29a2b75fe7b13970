import pRetry from "p-retry";
import { type AwsService, awsRequest, hostOf } from "#lib/aws-request.ts";
import { Fault } from "#lib/core/index.ts";
import type { Bodies } from "#lib/ports/bodies.ts";
import type { Cost } from "#lib/ports/store.ts";

export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  readonly credentials: AwsService["credentials"];
  /** An S3 elsewhere, which takes the bucket's name in the path; absent: AWS. */
  readonly endpoint?: URL;
  /** How long each attempt is waited for, in milliseconds. */
  readonly answerMsMax?: number;
}

/** A request is tried so often, and each time waited for so long: below the ten seconds that a client of ours waits. */
const patience = { retries: 2, minTimeout: 50, maxTimeout: 400, answerMsMax: 2_500 } as const;

/** An answer that the same request would get again. */
class Refused extends Error {}

const isPassing = (status: number): boolean => status >= 500 || status === 429;

/** Payloads as objects of one bucket. */
export function s3Bodies({
  bucket,
  region,
  credentials,
  endpoint,
  answerMsMax = patience.answerMsMax,
}: S3Options): Bodies {
  const service: AwsService = {
    name: "s3",
    region,
    endpoint: endpoint ?? new URL(`https://${bucket}.${hostOf("s3", region)}`),
    credentials,
    answerMsMax,
  };
  const front = endpoint === undefined ? "/" : `/${bucket}/`;

  /** What came back, or nothing where there was nothing. */
  async function ask(method: "PUT" | "GET" | "DELETE", key: string, cost: Cost, body?: string) {
    const once = async (): Promise<string | undefined> => {
      cost.roundTrips += 1;
      const response = await awsRequest(service, {
        method,
        path: front + key,
        ...(body !== undefined && { body, headers: { "content-type": "application/json" } }),
      });
      const text = await response.text();
      if (response.ok) {
        return text;
      }
      if (response.status === 404) {
        return undefined;
      }
      const said = `${method} of a payload was answered ${response.status}`;
      throw isPassing(response.status) ? new Error(said) : new Refused(said);
    };
    try {
      const { retries, minTimeout, maxTimeout } = patience;
      const shouldRetry = ({ error }: { error: Error }) => !(error instanceof Refused);
      return await pRetry(once, { retries, minTimeout, maxTimeout, randomize: true, shouldRetry });
    } catch (error) {
      throw new Fault(error instanceof Refused ? "storeFailed" : "storeUnavailable", {}, { cause: error });
    }
  }

  return {
    async put(key, text, cost) {
      if ((await ask("PUT", key, cost, text)) === undefined) {
        throw new Fault("storeFailed", {}, { cause: new Error(`there is no bucket ${bucket}`) });
      }
    },
    async get(key, cost) {
      const text = await ask("GET", key, cost);
      if (text === undefined) {
        throw new Fault("storeFailed", {}, { cause: new Error("a payload is gone that something refers to") });
      }
      return text;
    },
    async delete(key, cost) {
      await ask("DELETE", key, cost);
    },
  };
}
