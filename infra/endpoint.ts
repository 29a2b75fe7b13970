import { Duration } from "aws-cdk-lib";
import { DomainName, type HttpMethod, type ThrottleSettings } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import type { ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { linkRoutes } from "#lib/protocol/routes.ts";
import { variables } from "../functions/env.ts";
import type { AdminKey } from "./admin-key.ts";
import type { Bodies } from "./bodies.ts";
import { Gateway } from "./gateway.ts";
import type { HookSecrets } from "./hook-secrets.ts";
import type { KeyRing } from "./key-ring.ts";
import type { PromiseTable } from "./promise-table.ts";
import { tellRetention } from "./retention.ts";
import { ServiceFunction } from "./service-function.ts";
import { letSignIn, type SignInProps } from "./sign-in.ts";
import { type StreamingProps, StreamUrl } from "./stream-url.ts";

/** Whose tokens are accepted, beside API keys: those that a public key verifies, or a set of keys. */
export interface TokenProps {
  /** In PEM. */
  readonly publicKey?: string;
  readonly jwksUrl?: string;
  readonly issuer?: string;
  readonly audience?: string;
}

/** A domain of one's own. What the gateway's target is, is to be told to its DNS ({@link Endpoint.domainTarget}). */
export interface DomainProps {
  readonly name: string;
  readonly certificate: ICertificate;
}

/** Requests a second, and at once. */
export type ThrottleProps = Required<ThrottleSettings>;

export interface EndpointProps {
  readonly promises: PromiseTable;
  readonly bodies: Bodies;
  readonly adminKey: AdminKey;
  readonly linkKeys: KeyRing;
  readonly signingKeys: KeyRing;
  readonly hookSecrets: HookSecrets;
  readonly tokens: TokenProps;
  /** Absent: nobody can be asked to sign in. */
  readonly signIn?: SignInProps;
  /** URLs besides the API's own that clients reach the service at; the first is given out. */
  readonly publicUrls: readonly string[];
  readonly retry: Duration;
  /** For how long what has ended is kept; absent: for ever. */
  readonly retention?: Duration;
  readonly domain?: DomainProps;
  readonly throttle?: ThrottleProps;
  readonly isDescriptionClosed?: boolean;
  /** Absent: the endpoints pass no streams on. */
  readonly streaming?: StreamingProps;
}

/** Requests that are let in of each route that asks for no credential, a second and at once: each costs a run. */
const openThrottle = { rateLimit: 200, burstLimit: 400 } as const;

/**
 * The HTTPS endpoints. One is for callers with a key or a token, which the function itself looks at; the other for
 * callers that sign with IAM, which only a gateway can verify; a third, if it is asked for, is like the first, and passes
 * streams on. None answers a caller that it does not know.
 */
export class Endpoint extends Construct {
  /** Where callers with keys and tokens go. */
  readonly url: string;
  /** Where callers that sign go. */
  readonly signedUrl: string;
  /** Where workers listen on streams, and every route but the providers' of hooks is served; absent: nowhere. */
  readonly streaming: StreamUrl | undefined;
  /** All URLs that clients reach the service at; the first is given out. */
  readonly urls: readonly string[];
  /** What the DNS of an own domain has to point to. */
  readonly domainTarget: string | undefined;
  readonly #gateways: readonly [open: Gateway, signed: Gateway];
  readonly #openThrottle: ThrottleProps;
  readonly #access: (handler: LambdaFunction) => void;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    const { adminKey, tokens, publicUrls, domain, throttle, streaming } = props;
    const handler = new ServiceFunction(this, "Handler", {
      name: "api",
      description: "Answers requests for durable promises",
      // A client waits for ten seconds.
      timeout: Duration.seconds(10),
      memorySize: 1_024,
    });
    const domainName =
      domain && new DomainName(this, "Domain", { domainName: domain.name, certificate: domain.certificate });
    const limited = throttle && { throttle };
    const open = new Gateway(this, "Open", { handler, ...limited, ...(domainName && { domainName }) });
    const signed = new Gateway(this, "Signed", { handler, ...limited, authorizer: new HttpIamAuthorizer() });
    this.#gateways = [open, signed];
    this.#openThrottle = strictest(openThrottle, throttle);
    for (const [method, path] of linkRoutes) {
      open.throttle(method, path, this.#openThrottle);
    }
    this.url = domain === undefined ? open.url : `https://${domain.name}`;
    this.domainTarget = domainName?.regionalDomainName;
    this.signedUrl = signed.url;
    this.streaming = streaming && new StreamUrl(this, "Stream", streaming);
    const otherUrls = [...publicUrls, ...new Set([this.url, open.url]), this.signedUrl];
    this.urls = [...otherUrls, ...(this.streaming ? [this.streaming.url] : [])];
    this.#access = (each) => {
      adminKey.serve(each);
      for (const [variable, text] of Object.entries(tokenVariables(tokens))) {
        each.addEnvironment(variable, text);
      }
    };
    this.#answer(handler, props, this.urls);
    if (this.streaming !== undefined) {
      // Its own URL is made for it, so that it cannot be told; each request bears it.
      this.#answer(this.streaming.handler, props, otherUrls);
      props.promises.handOut(this.streaming.handler);
    }
  }

  /** Lets a function carry out every verb of the doors. */
  #answer(handler: LambdaFunction, props: EndpointProps, urls: readonly string[]): void {
    const { promises, bodies, linkKeys, signingKeys, hookSecrets, retry, retention } = props;
    promises.serve(handler);
    bodies.keep(handler);
    // A deleted schedule's goes with it.
    bodies.remove(handler);
    linkKeys.serve(handler);
    // The secrets of subscriptions are made of them, and shown once.
    signingKeys.serve(handler);
    if (props.signIn !== undefined) {
      letSignIn(handler, props.signIn);
    }
    hookSecrets.write(handler);
    if (props.isDescriptionClosed) {
      handler.addEnvironment(variables.descriptionClosed, "true");
    }
    tellRetention(handler, retention);
    this.#access(handler);
    handler.addEnvironment(variables.retrySeconds, String(retry.toSeconds()));
    handler.addEnvironment(variables.publicUrls, urls.join(","));
  }

  /** Has another function answer a route to everybody who does not sign with IAM, as often as anybody may be answered. */
  addOpenRoute(method: keyof typeof HttpMethod, path: string, handler: LambdaFunction): void {
    this.#gateways[0].addRoute(method, path, handler);
    this.#gateways[0].throttle(method, path, this.#openThrottle);
  }

  /** Has another function answer a route, and find out as this one does who asks. */
  addRoute(method: keyof typeof HttpMethod, path: string, handler: LambdaFunction): void {
    this.#access(handler);
    for (const gateway of this.#gateways) {
      gateway.addRoute(method, path, handler);
    }
  }
}

const strictest = (ours: ThrottleProps, given: ThrottleProps = ours): ThrottleProps => ({
  rateLimit: Math.min(ours.rateLimit, given.rateLimit),
  burstLimit: Math.min(ours.burstLimit, given.burstLimit),
});

const tokenVariables = ({ publicKey, jwksUrl, issuer, audience }: TokenProps): Record<string, string> => ({
  ...(publicKey && { [variables.jwtPublicKey]: publicKey }),
  ...(jwksUrl && { [variables.jwksUrl]: jwksUrl }),
  ...(issuer && { [variables.jwtIssuer]: issuer }),
  ...(audience && { [variables.jwtAudience]: audience }),
});
