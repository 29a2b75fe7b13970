import { ArnFormat, Names, Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";

/** Letters of a secret's name that are the service's own. */
const nameLengthMax = 64;

/**
 * The secrets of hooks: secrets of Secrets Manager's under one beginning of names, made when hooks are. No function may
 * both write and read them.
 */
export class HookSecrets extends Construct {
  readonly #prefix: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#prefix = `${Names.uniqueResourceName(this, { maxLength: nameLengthMax })}/`;
  }

  /** Lets a function make secrets and take them out. */
  write(handler: LambdaFunction): void {
    this.#allow(handler, "CreateSecret", "DeleteSecret");
  }

  /** Lets a function read them. */
  read(handler: LambdaFunction): void {
    this.#allow(handler, "GetSecretValue");
  }

  /** Lets a function take out those that no hook uses. */
  remove(handler: LambdaFunction): void {
    this.#allow(handler, "DeleteSecret");
  }

  #allow(handler: LambdaFunction, ...actions: readonly string[]): void {
    const arn = Stack.of(this).formatArn({
      service: "secretsmanager",
      resource: "secret",
      resourceName: `${this.#prefix}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    handler.addToRolePolicy(
      new PolicyStatement({ actions: actions.map((action) => `secretsmanager:${action}`), resources: [arn] }),
    );
    handler.addEnvironment(variables.hookSecrets, this.#prefix);
    Validations.of(handler.role ?? handler).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${this.#prefix}*]`,
      reason: "Of this service's hooks alone: which there will be, is its users' to say.",
    });
  }
}
