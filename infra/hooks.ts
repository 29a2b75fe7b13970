import { Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import { dryRunRoute, providerRoutes } from "#lib/protocol/routes.ts";
import { variables } from "../functions/env.ts";
import type { Bodies } from "./bodies.ts";
import type { Endpoint } from "./endpoint.ts";
import type { HookSecrets } from "./hook-secrets.ts";
import type { PromiseTable } from "./promise-table.ts";
import { ServiceFunction } from "./service-function.ts";

export interface HooksProps {
  readonly promises: PromiseTable;
  readonly bodies: Bodies;
  readonly endpoint: Endpoint;
  readonly secrets: HookSecrets;
  readonly retry: Duration;
}

/** Takes what providers send; apart from other requests, whose rights it does not have. */
export class Hooks extends Construct {
  constructor(scope: Construct, id: string, { promises, bodies, endpoint, secrets, retry }: HooksProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, "Handler", {
      name: "hooks",
      description: "Verifies what comes in by hooks, and completes promises by it",
      timeout: Duration.seconds(10),
      memorySize: 512,
    });
    promises.receive(handler);
    bodies.keep(handler);
    secrets.read(handler);
    handler.addEnvironment(variables.retrySeconds, String(retry.toSeconds()));
    handler.addEnvironment(variables.publicUrls, endpoint.urls.join(","));
    for (const [method, path] of providerRoutes) {
      endpoint.addOpenRoute(method, path, handler);
    }
    endpoint.addRoute(...dryRunRoute, handler);
  }
}
