import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";

export interface BodiesProps {
  /** What becomes of it with the stack: as of the table. A bucket that holds anything is not deleted in any case. */
  readonly removalPolicy: RemovalPolicy;
}

/** The bucket of payloads that are too large for the table. */
export class Bodies extends Construct {
  readonly #bucket: Bucket;

  constructor(scope: Construct, id: string, { removalPolicy }: BodiesProps) {
    super(scope, id);
    this.#bucket = new Bucket(this, "Bucket", {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      // What was sent in parts and never ended is no payload. Which payloads may go, only the service knows.
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: removalPolicy === RemovalPolicy.DESTROY ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-S1",
      reason: "Only the service's functions may read it, and each request to them is logged by them.",
    });
  }

  /** Lets a function keep payloads and read them. */
  keep(handler: LambdaFunction): void {
    this.#allow(handler, "PutObject");
    this.read(handler);
  }

  /** Lets a function read payloads, and tells it where they are. */
  read(handler: LambdaFunction): void {
    this.#allow(handler, "GetObject");
    handler.addEnvironment(variables.bodies, this.#bucket.bucketName);
  }

  /** Lets a function take away what nothing refers to any more. */
  remove(handler: LambdaFunction): void {
    this.#allow(handler, "DeleteObject");
  }

  #allow(handler: LambdaFunction, action: string): void {
    handler.addToRolePolicy(
      new PolicyStatement({ actions: [`s3:${action}`], resources: [this.#bucket.arnForObjects("*")] }),
    );
    const name = Stack.of(this).getLogicalId(this.#bucket.node.defaultChild as CfnBucket);
    Validations.of(handler.role ?? handler).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${name}.Arn>/*]`,
      reason: "Of this bucket, whose objects are all payloads: the keys of new ones are nobody's to foresee.",
    });
  }
}
