import { RemovalPolicy, Validations } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";

/** As many letters and digits as 256 random bits are worth. */
const secretLength = 43;

/** The keys that seal the links by which people decide: one at first, made at random when the service is first deployed. */
export class LinkKeys extends Construct {
  readonly #secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#secret = new Secret(this, "Secret", {
      description: "Keys of the promise service's links; the one that counts highest seals",
      generateSecretString: {
        secretStringTemplate: "{}",
        generateStringKey: "k1",
        passwordLength: secretLength,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "A key stays for as long as links that it has sealed: a new one is added by hand, beside it.",
    });
  }

  /** Lets a function make links, and open them. */
  serve(handler: LambdaFunction): void {
    this.#secret.grantRead(handler);
    handler.addEnvironment(variables.linkKeysSecret, this.#secret.secretArn);
  }
}
