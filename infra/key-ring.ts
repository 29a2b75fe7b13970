import { RemovalPolicy, Validations } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { variables } from "../functions/env.ts";

/** As many letters and digits as 256 random bits are worth. */
const secretLength = 43;

export interface KeyRingProps {
  /** What the keys do, for whoever finds the secret. */
  readonly description: string;
  /** Environment variable that tells a function where they are. */
  readonly variable: (typeof variables)[keyof typeof variables];
  /** Why no rotation is scheduled. */
  readonly rotatedByHand: string;
}

/** Keys of the service: one at first, made at random when the service is first deployed; others are added by hand. */
export class KeyRing extends Construct {
  readonly #secret: Secret;
  readonly #variable: string;

  constructor(scope: Construct, id: string, { description, variable, rotatedByHand }: KeyRingProps) {
    super(scope, id);
    this.#variable = variable;
    this.#secret = new Secret(this, "Secret", {
      description,
      generateSecretString: {
        secretStringTemplate: "{}",
        generateStringKey: "k1",
        passwordLength: secretLength,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this).acknowledge({ id: "AwsSolutions-SMG4", reason: rotatedByHand });
  }

  /** Lets a function read the keys, and tells it where they are. */
  serve(handler: LambdaFunction): void {
    this.#secret.grantRead(handler);
    handler.addEnvironment(this.#variable, this.#secret.secretArn);
  }
}
