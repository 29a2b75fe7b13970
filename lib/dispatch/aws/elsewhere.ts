import type { Transport } from "#lib/ports/transport.ts";
import type { AwsScheme } from "./transports.ts";

const refusing = (scheme: AwsScheme): Transport => ({
  async send() {
    throw new Error(`a message to ${scheme}:// is only sent from AWS`);
  },
});

/** A server that is not on AWS: what is for AWS's services is tried, until it is parked, where it can be seen. */
export const onlyFromAws: Readonly<Record<AwsScheme, Transport>> = {
  lambda: refusing("lambda"),
  sqs: refusing("sqs"),
  sns: refusing("sns"),
  eventbridge: refusing("eventbridge"),
};
