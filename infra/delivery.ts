import { Duration } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";
import type { Bodies } from "./bodies.ts";
import type { PromiseTable } from "./promise-table.ts";
import { ServiceFunction } from "./service-function.ts";
import { WorkQueue } from "./work-queue.ts";

export interface DeliveryProps {
  readonly promises: PromiseTable;
  readonly bodies: Bodies;
  /** URLs that clients reach the service at; the first is given out. */
  readonly urls: readonly string[];
  /** Post to receivers anywhere, and over http, too: for tests, whose receivers are on the same machine. */
  readonly isAnyReceiver: boolean;
}

/** A receiver that is pushed to may take three minutes. */
const timeout = Duration.minutes(4);

/** Sends messages, with no rights on promises: a receiver that is slow or hostile is far from them. */
export class Delivery extends Construct {
  readonly #queue: WorkQueue;

  constructor(scope: Construct, id: string, { promises, bodies, urls, isAnyReceiver }: DeliveryProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, "Handler", {
      name: "deliver",
      description: "Sends messages to workers and receivers",
      timeout,
      memorySize: 512,
    });
    promises.keepMessages(handler);
    bodies.read(handler);
    handler.addEnvironment(variables.publicUrls, urls.join(","));
    if (isAnyReceiver) {
      handler.addEnvironment(variables.anyReceiver, "true");
    }
    this.#queue = new WorkQueue(this, "Messages", {
      handler,
      timeout,
      batchSize: 10,
      variable: variables.deliveryQueue,
    });
  }

  /** Lets a function have messages sent. */
  serve(handler: LambdaFunction): void {
    this.#queue.feed(handler);
  }
}
