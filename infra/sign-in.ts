import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { variables } from "../functions/env.ts";

/** Where people sign in before they decide by a link that asks for it (OpenID Connect). */
export interface SignInProps {
  /** The issuer's own URL, from which all others are discovered. */
  readonly issuer: string;
  readonly clientId: string;
  /** Its whole text is the client's secret. */
  readonly clientSecret: ISecret;
}

/** Lets a function find out who somebody is. */
export function letSignIn(handler: LambdaFunction, { issuer, clientId, clientSecret }: SignInProps): void {
  clientSecret.grantRead(handler);
  handler.addEnvironment(variables.signInIssuer, issuer);
  handler.addEnvironment(variables.signInClient, clientId);
  handler.addEnvironment(variables.signInSecret, clientSecret.secretArn);
}
