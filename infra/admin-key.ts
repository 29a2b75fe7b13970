import { RemovalPolicy, Validations } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";

/** As many letters and digits as 256 random bits are worth. */
const keyLength = 43;

/** All punctuation, and the space: what is left is in every header the same. */
const notInHeaders = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** The key that opens everything, made at random when the service is first deployed. */
export class AdminKey extends Construct {
  readonly #secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#secret = new Secret(this, "Secret", {
      description: "Administrator's key of the promise service: Authorization: Bearer KEY",
      generateSecretString: { passwordLength: keyLength, excludeCharacters: notInHeaders },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SMG4",
      reason:
        "Whoever uses the key would be locked out by a rotation that they did not ask for; it is replaced by hand.",
    });
  }

  /** Lets a function know the key. */
  serve(handler: LambdaFunction): void {
    this.#secret.grantRead(handler);
    handler.addEnvironment(variables.adminKeySecret, this.#secret.secretArn);
  }

  /** How an operator reads the key. */
  get command(): string {
    return `aws secretsmanager get-secret-value --query SecretString --output text --secret-id ${this.#secret.secretArn}`;
  }
}
