import { Duration, Stack } from "aws-cdk-lib";
import { HttpApi, HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { routes } from "#lib/protocol/routes.ts";
import { variables } from "../functions/env.ts";
import type { PromiseTable } from "./promise-table.ts";
import { ServiceFunction } from "./service-function.ts";

export interface EndpointProps {
  readonly promises: PromiseTable;
  /** URLs besides the API's own that clients reach the service at; the first is given out. */
  readonly publicUrls: readonly string[];
  readonly retry: Duration;
}

/** The HTTPS endpoint: an HTTP API of explicit routes, and the function that answers them. Every route asks for a signature. */
export class Endpoint extends Construct {
  /** The API's own URL. */
  readonly url: string;
  /** All URLs that clients reach the service at; the first is given out. */
  readonly urls: readonly string[];
  readonly #api: HttpApi;

  constructor(scope: Construct, id: string, { promises, publicUrls, retry }: EndpointProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, "Handler", {
      name: "api",
      description: "Answers requests for durable promises",
      // A client waits for ten seconds.
      timeout: Duration.seconds(10),
      memorySize: 1_024,
    });
    promises.serve(handler);

    const integration = new HttpLambdaIntegration("Integration", handler, { scopePermissionToRoute: false });
    const api = new HttpApi(this, "Api", {
      defaultAuthorizer: new HttpIamAuthorizer(),
      // What is no route gets the documented error, too.
      defaultIntegration: integration,
    });
    // The integration's own permission is for sources with a method and a path, and the default route's has neither.
    handler.addPermission("DefaultRoute", {
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: Stack.of(this).formatArn({
        service: "execute-api",
        resource: api.apiId,
        resourceName: "*/$default",
      }),
    });
    for (const [method, path] of routes) {
      api.addRoutes({ path, methods: [HttpMethod[method]], integration });
    }

    handler.addEnvironment(variables.retrySeconds, String(retry.toSeconds()));

    this.#api = api;
    this.url = api.apiEndpoint;
    this.urls = [...publicUrls, this.url];
    handler.addEnvironment(variables.publicUrls, this.urls.join(","));
  }

  /** Has another function answer a route. */
  addRoute(method: keyof typeof HttpMethod, path: string, handler: LambdaFunction): void {
    const integration = new HttpLambdaIntegration(`${method}${path}`, handler);
    this.#api.addRoutes({ path, methods: [HttpMethod[method]], integration });
  }
}
