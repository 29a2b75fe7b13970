import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Emulator } from "./emulator.ts";

/** A queue of somebody's in the account. */
export interface Queue {
  readonly arn: string;
  /** What has come since, within a second; each message is JSON. */
  receive(): Promise<readonly unknown[]>;
  close(): void;
}

export async function openQueue({ client: options }: Emulator, name: string): Promise<Queue> {
  const client = new SQSClient(options);
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  return {
    arn: Attributes?.QueueArn ?? "",
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
      );
      return Messages.map(({ Body = "" }) => JSON.parse(Body));
    },
    close: () => client.destroy(),
  };
}
