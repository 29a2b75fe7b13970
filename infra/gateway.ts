import { Stack, Validations } from "aws-cdk-lib";
import {
  type CfnStage,
  type DomainName,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  type HttpStage,
  type IHttpRouteAuthorizer,
  type ThrottleSettings,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { routes } from "#lib/protocol/routes.ts";

export interface GatewayProps {
  readonly handler: LambdaFunction;
  /** Who lets callers in; absent: the handler does. */
  readonly authorizer?: IHttpRouteAuthorizer;
  /** Absent: only the one that the gateway makes up. */
  readonly domainName?: DomainName;
  /** Absent: the account's. */
  readonly throttle?: ThrottleSettings;
}

/** An HTTP API of the service's routes, and the function that answers them. */
export class Gateway extends Construct {
  readonly #api: HttpApi;
  readonly #stage: HttpStage;
  readonly #routes = new Map<string, HttpRoute[]>();
  readonly #throttled: Record<string, object> = {};

  constructor(scope: Construct, id: string, { handler, authorizer, domainName, throttle }: GatewayProps) {
    super(scope, id);
    const integration = new HttpLambdaIntegration("Integration", handler, { scopePermissionToRoute: false });
    this.#api = new HttpApi(this, "Api", {
      ...(authorizer && { defaultAuthorizer: authorizer }),
      // What is no route gets the documented error, too.
      defaultIntegration: integration,
      createDefaultStage: false,
    });
    this.#stage = this.#api.addStage("Stage", {
      stageName: "$default",
      autoDeploy: true,
      ...(throttle && { throttle }),
      ...(domainName && { domainMapping: { domainName } }),
    });
    // The integration's own permission is for sources with a method and a path, and the default route's has neither.
    handler.addPermission(`${id}DefaultRoute`, {
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: Stack.of(this).formatArn({
        service: "execute-api",
        resource: this.#api.apiId,
        resourceName: "*/$default",
      }),
    });
    for (const [method, path] of routes) {
      this.#routes.set(`${method} ${path}`, this.#api.addRoutes({ path, methods: [HttpMethod[method]], integration }));
    }
    Validations.of(this).acknowledge(
      {
        id: "AwsSolutions-APIG1",
        reason: "The function logs a line for each request, without what a path must not show to whoever reads logs.",
      },
      ...(authorizer === undefined
        ? [
            {
              id: "AwsSolutions-APIG4",
              reason: "The function finds out who asks: keys and tokens stand in bodies, too.",
            },
          ]
        : []),
    );
  }

  get url(): string {
    return this.#api.apiEndpoint;
  }

  /** Has another function answer a route. */
  addRoute(method: keyof typeof HttpMethod, path: string, handler: LambdaFunction): void {
    const integration = new HttpLambdaIntegration(`${method}${path}`, handler);
    this.#routes.set(`${method} ${path}`, this.#api.addRoutes({ path, methods: [HttpMethod[method]], integration }));
  }

  /** Lets in so many requests of a route and no more. */
  throttle(method: keyof typeof HttpMethod, path: string, { rateLimit, burstLimit }: ThrottleSettings): void {
    const route = `${method} ${path}`;
    this.#throttled[route] = { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit };
    const stage = this.#stage.node.defaultChild as CfnStage;
    stage.routeSettings = this.#throttled;
    // A stage has no settings of a route that is not there yet.
    stage.node.addDependency(...(this.#routes.get(route) ?? []));
  }
}
