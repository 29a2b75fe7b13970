import { awsRequest, credentialsFromEnvironment, endpointOf } from "#lib/aws-request.ts";

const answerMsMax = 2_000;

/** An answer of Secrets Manager's: of an error, its kind. */
interface Answer {
  readonly SecretString?: string;
  readonly __type?: string;
}

/** @throws Error where it cannot be reached. */
export async function askSecrets(
  target: string,
  asked: object,
): Promise<{ ok: boolean; status: number; answer: Answer }> {
  const region = process.env["AWS_REGION"] ?? "us-east-1";
  const response = await awsRequest(
    {
      name: "secretsmanager",
      region,
      endpoint: endpointOf("secretsmanager", region),
      credentials: credentialsFromEnvironment(),
      answerMsMax,
    },
    {
      method: "POST",
      path: "/",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `secretsmanager.${target}`,
      },
      body: JSON.stringify(asked),
    },
  );
  return { ok: response.ok, status: response.status, answer: (await response.json()) as Answer };
}

/** @throws Error where it cannot be read; what it says holds nothing of the secret. */
export async function readSecret(arn: string): Promise<string> {
  const { ok, status, answer } = await askSecrets("GetSecretValue", { SecretId: arn });
  if (!ok || answer.SecretString === undefined) {
    throw new Error(`the secret cannot be read: ${status}`);
  }
  return answer.SecretString;
}
