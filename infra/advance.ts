import { Duration } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { defaultShards, type Shards } from "#lib/store/dynamodb/layout.ts";
import { variables } from "../functions/env.ts";
import type { Bodies } from "./bodies.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { Delivery } from "./delivery.ts";
import type { HookSecrets } from "./hook-secrets.ts";
import type { PromiseTable } from "./promise-table.ts";
import { tellRetention } from "./retention.ts";
import { ServiceFunction } from "./service-function.ts";
import { WorkQueue } from "./work-queue.ts";

export interface AdvanceProps {
  readonly promises: PromiseTable;
  readonly bodies: Bodies;
  readonly hookSecrets: HookSecrets;
  readonly delivery: Delivery;
  readonly retry: Duration;
  readonly retention?: Duration;
  readonly shards?: Shards;
}

/**
 * Runs at once for each shard of the due index. More would only be refused: a shard takes 1,000 writes a second, and a run
 * makes some hundreds. What they cannot do yet waits in the queue, where it is not in the way of anything.
 */
const runsOfAShard = 8;

const timeout = Duration.minutes(1);

/** Does what follows from each change of the table at once, and what falls due within minutes at its second. */
export class Advance extends Construct {
  readonly #delays: WorkQueue;

  constructor(scope: Construct, id: string, props: AdvanceProps) {
    super(scope, id);
    const { promises, bodies, hookSecrets, delivery, retry, retention, shards = defaultShards } = props;
    const handler = new ServiceFunction(this, "Handler", {
      name: "advance",
      description: "Does what follows from changes, and what has fallen due",
      timeout,
      memorySize: 512,
    });
    promises.advance(handler);
    bodies.keep(handler);
    bodies.remove(handler);
    hookSecrets.remove(handler);
    promises.streamTo(handler, new DeadLetters(this, "DeadLetters"));
    delivery.serve(handler);
    this.#delays = new WorkQueue(this, "Delays", {
      handler,
      timeout,
      batchSize: 10,
      runsMax: Math.min(runsOfAShard * shards.due, 1_000),
      variable: variables.delayQueue,
    });
    this.#delays.feed(handler);
    handler.addEnvironment(variables.retrySeconds, String(retry.toSeconds()));
    tellRetention(handler, retention);
  }

  /** Lets a function have things looked at when they fall due. */
  serve(handler: LambdaFunction): void {
    this.#delays.feed(handler);
  }
}
