import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { ResonateService, type ResonateServiceProps } from "./service.ts";

export interface ResonateStackProps extends StackProps {
  /** What it is told; where that has constructs of its own, of the stack that they are in. */
  readonly service?: ResonateServiceProps | ((stack: Stack) => ResonateServiceProps);
}

/** The service as a stack of its own, and what its operator has to know. */
export class ResonateStack extends Stack {
  constructor(scope: Construct, id: string, { service: told = {}, ...props }: ResonateStackProps = {}) {
    super(scope, id, { description: "Durable promises that need no server", ...props });
    const service = new ResonateService(this, "Service", typeof told === "function" ? told(this) : told);
    const outputs: Record<string, readonly [value: string, description: string]> = {
      EndpointUrl: [service.url, "Where the promises are"],
      SignedEndpointUrl: [service.signedUrl, "The same, for IAM signatures"],
      ...(service.streamUrl && { StreamUrl: [service.streamUrl, "The same, where workers listen on streams"] }),
      AdminKeyCommand: [service.adminKeyCommand, "Prints the administrator's key"],
      TableName: [service.tableName, "What keeps them"],
      ...(service.domainTarget && { DomainTarget: [service.domainTarget, "What the domain's DNS has to point to"] }),
    };
    for (const [name, [value, description]] of Object.entries(outputs)) {
      new CfnOutput(this, name, { value, description });
    }
  }
}
