import pRetry from "p-retry";
import { type AwsRequest, type AwsService, awsRequest } from "#lib/aws-request.ts";

/** A request is tried so often at once, with so many milliseconds between; later attempts are the courier's. */
const patience = { retries: 2, minTimeout: 50, maxTimeout: 400 } as const;

/** An answer that the same request would get again. */
class Refused extends Error {}

const isPassing = (status: number): boolean => status >= 500 || status === 429;

/**
 * One request to a service that a message is handed to.
 *
 * @returns What it answered.
 * @throws Error where it did not take the message: with the status and the service's own word for it, nothing else.
 */
export async function call(service: AwsService, request: AwsRequest): Promise<string> {
  const once = async (): Promise<string> => {
    const response = await awsRequest(service, request).catch(() => {
      throw new Error(`${service.name} cannot be reached`);
    });
    const text = await response.text();
    if (response.ok) {
      return text;
    }
    const code = errorCode(response.headers.get("x-amzn-errortype") ?? text);
    const said = `${service.name} answered ${response.status}${code === undefined ? "" : ` ${code}`}`;
    throw isPassing(response.status) ? new Error(said) : new Refused(said);
  };
  const shouldRetry = ({ error }: { error: Error }) => !(error instanceof Refused);
  return pRetry(once, { ...patience, randomize: true, shouldRetry });
}

/** A request in one of AWS's protocols of JSON: `1.0`, `1.1`. */
export const json = (version: string, target: string, body: object): AwsRequest => ({
  method: "POST",
  path: "/",
  headers: { "content-type": `application/x-amz-json-${version}`, "x-amz-target": target },
  body: JSON.stringify(body),
});

/** `QueueDoesNotExist`, from a header, from JSON (`"__type":"com.amazonaws.sqs#…"`) or from XML (`<Code>…`). */
function errorCode(text: string): string | undefined {
  return /(?:^|"__type"\s*:\s*"|<Code>)(?:[\w.]+#)?([A-Za-z.]{1,80})(?=$|[":<])/.exec(text)?.[1];
}

/** @throws Error where the service would not take so much. */
export function checkSize(service: string, text: string, bytesMax: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) {
    throw new Error(`the message has ${bytes} bytes, and ${service} takes ${bytesMax}`);
  }
}
