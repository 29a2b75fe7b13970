import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import type { Construct } from "constructs";
import { ResonateService, type ResonateServiceProps } from "./service.ts";

export interface ResonateStackProps extends StackProps {
  readonly service?: ResonateServiceProps;
  /** An event bus that is there, in the same account and region, to tell what happens to promises. */
  readonly eventBusName?: string;
}

/** The service as a stack of its own, and what its operator has to know. */
export class ResonateStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { service: serviceProps, eventBusName, ...props }: ResonateStackProps = {},
  ) {
    super(scope, id, { description: "Durable promises that need no server", ...props });
    const service = new ResonateService(this, "Service", {
      ...(eventBusName !== undefined && { events: { bus: EventBus.fromEventBusName(this, "Events", eventBusName) } }),
      ...serviceProps,
    });
    const outputs: Record<string, readonly [value: string, description: string]> = {
      EndpointUrl: [service.url, "Where the promises are"],
      SignedEndpointUrl: [service.signedUrl, "The same, for IAM signatures"],
      ...(service.streamUrl && { StreamUrl: [service.streamUrl, "The same, where workers listen on streams"] }),
      AdminKeyCommand: [service.adminKeyCommand, "Prints the administrator's key"],
      TableName: [service.tableName, "What keeps them"],
    };
    for (const [name, [value, description]] of Object.entries(outputs)) {
      new CfnOutput(this, name, { value, description });
    }
  }
}
