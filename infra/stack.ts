import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { AdminKey } from "./admin-key.ts";
import { Advance } from "./advance.ts";
import { Delivery } from "./delivery.ts";
import { Endpoint, type TokenProps } from "./endpoint.ts";
import { MinuteSweep } from "./minute-sweep.ts";
import { PromiseTable } from "./promise-table.ts";
import { WorkerPoll } from "./worker-poll.ts";

export interface ResonateStackProps extends StackProps {
  /**
   * URLs besides the API's own that clients reach the service at, a custom domain say, without a slash at the end; the
   * first is given out. The list may only grow: ids in people's hands bear the old ones.
   */
  readonly publicUrls?: readonly string[];
  /** After how long a task that nobody has taken is offered again; 30 seconds, unless it is said. */
  readonly retry?: Duration;
  /** Whose tokens are accepted beside API keys; nobody's, unless it is said. */
  readonly tokens?: TokenProps;
  /** Post messages to receivers anywhere, not on the public internet alone: for tests. */
  readonly isAnyReceiver?: boolean;
  /** Workers that can listen at once; 50, unless it is said. Each keeps one run of a function busy. */
  readonly workersMax?: number;
}

/**
 * The whole service: requests -> endpoint -> promises -> advance -> delivery -> receivers; and for workers, a mailbox
 * that they ask. The sweep, each minute, repairs whatever was missed.
 */
export class ResonateStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    {
      publicUrls = [],
      retry = Duration.seconds(30),
      workersMax = 50,
      tokens = {},
      isAnyReceiver = false,
      ...props
    }: ResonateStackProps = {},
  ) {
    super(scope, id, { description: "Durable promises that need no server", ...props });
    const promises = new PromiseTable(this, "Promises");
    const adminKey = new AdminKey(this, "AdminKey");
    const endpoint = new Endpoint(this, "Endpoint", { promises, adminKey, tokens, publicUrls, retry });
    const delivery = new Delivery(this, "Delivery", { promises, urls: endpoint.urls, isAnyReceiver });
    const advance = new Advance(this, "Advance", { promises, delivery, retry });
    new MinuteSweep(this, "Sweep", { promises, advance, delivery, retry });
    new WorkerPoll(this, "WorkerPoll", { promises, endpoint, workersMax });

    new CfnOutput(this, "EndpointUrl", { value: endpoint.url, description: "Where the promises are" });
    new CfnOutput(this, "SignedEndpointUrl", {
      value: endpoint.signedUrl,
      description: "The same, for IAM signatures",
    });
    new CfnOutput(this, "AdminKeyCommand", { value: adminKey.command, description: "Prints the administrator's key" });
    new CfnOutput(this, "TableName", { value: promises.name, description: "What keeps them" });
  }
}
