import { awsRequest, credentialsFromEnvironment, endpointOf } from "#lib/aws-request.ts";

const answerMsMax = 2_000;

/** @throws Error where it cannot be read; what it says holds nothing of the secret. */
export async function readSecret(arn: string): Promise<string> {
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
        "x-amz-target": "secretsmanager.GetSecretValue",
      },
      body: JSON.stringify({ SecretId: arn }),
    },
  );
  const { SecretString } = (await response.json()) as { SecretString?: string };
  if (!response.ok || SecretString === undefined) {
    throw new Error(`the secret cannot be read: ${response.status}`);
  }
  return SecretString;
}
