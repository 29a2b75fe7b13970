import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Endpoint } from "./endpoint.ts";
import { MinuteSweep } from "./minute-sweep.ts";
import { PromiseTable } from "./promise-table.ts";

export interface ResonateStackProps extends StackProps {
  /**
   * URLs besides the API's own that clients reach the service at, a custom domain say, without a slash at the end; the
   * first is given out. The list may only grow: ids in people's hands bear the old ones.
   */
  readonly publicUrls?: readonly string[];
}

/** The whole service: requests -> endpoint -> promises <- sweep <- each minute. */
export class ResonateStack extends Stack {
  constructor(scope: Construct, id: string, { publicUrls = [], ...props }: ResonateStackProps = {}) {
    super(scope, id, { description: "Durable promises that need no server", ...props });
    const promises = new PromiseTable(this, "Promises");
    const endpoint = new Endpoint(this, "Endpoint", { promises, publicUrls });
    new MinuteSweep(this, "Sweep", { promises, urls: endpoint.urls });

    new CfnOutput(this, "EndpointUrl", { value: endpoint.url, description: "Where the promises are" });
    new CfnOutput(this, "TableName", { value: promises.name, description: "What keeps them" });
  }
}
