import { Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";
import type { Bodies } from "./bodies.ts";
import type { Endpoint } from "./endpoint.ts";
import type { PromiseTable } from "./promise-table.ts";
import { ServiceFunction } from "./service-function.ts";

export interface WorkerPollProps {
  readonly promises: PromiseTable;
  readonly bodies: Bodies;
  readonly endpoint: Endpoint;
  /** Workers that can ask at once: each holds one run of the function all the time. */
  readonly workersMax: number;
}

/** Holds the requests of workers until there is something for them to do; apart from other requests, which it must not starve. */
export class WorkerPoll extends Construct {
  constructor(scope: Construct, id: string, { promises, bodies, endpoint, workersMax }: WorkerPollProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, "Handler", {
      name: "poll",
      description: "Hands workers what waits for them",
      timeout: Duration.seconds(29),
      memorySize: 128,
      reservedConcurrentExecutions: workersMax,
    });
    promises.handOut(handler);
    bodies.read(handler);
    handler.addEnvironment(variables.publicUrls, endpoint.urls.join(","));
    endpoint.addRoute("GET", "/poll/{group}/{id+}", handler);
  }
}
