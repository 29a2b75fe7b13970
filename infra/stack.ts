import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { ResonateService, type ResonateServiceProps } from "./service.ts";

export interface ResonateStackProps extends StackProps {
  readonly service?: ResonateServiceProps;
}

/** The service as a stack of its own, and what its operator has to know. */
export class ResonateStack extends Stack {
  constructor(scope: Construct, id: string, { service: serviceProps, ...props }: ResonateStackProps = {}) {
    super(scope, id, { description: "Durable promises that need no server", ...props });
    const service = new ResonateService(this, "Service", serviceProps);
    const outputs = {
      EndpointUrl: [service.url, "Where the promises are"],
      SignedEndpointUrl: [service.signedUrl, "The same, for IAM signatures"],
      AdminKeyCommand: [service.adminKeyCommand, "Prints the administrator's key"],
      TableName: [service.tableName, "What keeps them"],
    } as const;
    for (const [name, [value, description]] of Object.entries(outputs)) {
      new CfnOutput(this, name, { value, description });
    }
  }
}
