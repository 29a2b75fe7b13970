import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { FilterCriteria, FilterRule, type Function as LambdaFunction, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { DynamoEventSource, SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { expiryAttribute, indexes, tableKeys } from "#lib/store/dynamodb/layout.ts";
import { variables } from "../functions/env.ts";

type IndexName = keyof typeof indexes;

const reads = ["GetItem", "BatchGetItem", "Query"] as const;

/** A transaction needs the right to each of its writes. */
const writes = ["PutItem", "UpdateItem", "ConditionCheckItem"] as const;

/** Units a second that are there, and to how many they grow by themselves. */
export interface CapacityRange {
  readonly min: number;
  readonly max: number;
}

/** Provisioned capacity of the table, and of each of its indexes. */
export interface Capacity {
  readonly read: CapacityRange;
  readonly write: CapacityRange;
}

export interface PromiseTableProps {
  /** Absent: CloudFormation makes one up. */
  readonly name?: string;
  readonly removalPolicy: RemovalPolicy;
  /** Absent: paid by use. */
  readonly capacity?: Capacity;
}

/** Share of the provisioned units that is used before there are more of them. */
const targetUtilizationPercent = 70;

/** What a filter of the stream asks of an attribute that is there, and a text. */
const present = { S: FilterRule.exists() };

/** The table that keeps the promises. Unless it is told otherwise, it outlives the stack. */
export class PromiseTable extends Construct {
  readonly #table: Table;

  constructor(scope: Construct, id: string, { name, removalPolicy, capacity }: PromiseTableProps) {
    super(scope, id);
    this.#table = new Table(this, "Table", {
      ...(name !== undefined && { tableName: name }),
      partitionKey: { name: tableKeys.partition, type: AttributeType.STRING },
      sortKey: { name: tableKeys.sort, type: AttributeType.STRING },
      ...(capacity === undefined
        ? { billingMode: BillingMode.PAY_PER_REQUEST }
        : {
            billingMode: BillingMode.PROVISIONED,
            readCapacity: capacity.read.min,
            writeCapacity: capacity.write.min,
          }),
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: expiryAttribute,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    });
    for (const { name, partition, sort, projected } of Object.values(indexes)) {
      this.#table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: partition, type: AttributeType.STRING },
        sortKey: { name: sort.name, type: sort.type === "N" ? AttributeType.NUMBER : AttributeType.STRING },
        ...(projected.length === 0
          ? { projectionType: ProjectionType.KEYS_ONLY }
          : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...projected] }),
        ...(capacity && { readCapacity: capacity.read.min, writeCapacity: capacity.write.min }),
      });
    }
    if (capacity !== undefined) {
      this.#scale(capacity);
    }
  }

  /** An index that has no units left refuses the table's writes: each grows like the table. */
  #scale({ read, write }: Capacity): void {
    const to = { targetUtilizationPercent };
    const scaled = ({ min, max }: CapacityRange) => ({ minCapacity: min, maxCapacity: max });
    this.#table.autoScaleReadCapacity(scaled(read)).scaleOnUtilization(to);
    this.#table.autoScaleWriteCapacity(scaled(write)).scaleOnUtilization(to);
    for (const { name } of Object.values(indexes)) {
      this.#table.autoScaleGlobalSecondaryIndexReadCapacity(name, scaled(read)).scaleOnUtilization(to);
      this.#table.autoScaleGlobalSecondaryIndexWriteCapacity(name, scaled(write)).scaleOnUtilization(to);
    }
  }

  get name(): string {
    return this.#table.tableName;
  }

  /** Lets a function carry out the clients' verbs, and tells it where the table is. */
  serve(handler: LambdaFunction): void {
    this.#grant(handler, ["byCreation", "byId"], ["schedule", "hook", "room", "hookEvent", "subscription", "message"]);
  }

  /** Lets a function do what is due, and tells it where the table is. */
  advance(handler: LambdaFunction): void {
    this.#grant(
      handler,
      ["due", "byCreation", "byId"],
      ["message", "waiter", "upload", "retention", "kept", "endpoint"],
    );
  }

  /** Lets a function write down what became of messages and of their receivers, read who asks for them, and tells it where the table is: it sees nothing else. */
  keepMessages(handler: LambdaFunction): void {
    handler.addToRolePolicy(this.#only(["GetItem", "PutItem", "DeleteItem"], ["message"]));
    handler.addToRolePolicy(this.#only(["GetItem"], ["subscription"]));
    handler.addToRolePolicy(this.#only(["PutItem"], ["delivery"]));
    handler.addToRolePolicy(this.#only(["GetItem", ...writes, "DeleteItem"], ["endpoint"]));
    handler.addEnvironment(variables.table, this.#table.tableName);
  }

  /** Lets a function take messages out, read what they tell of and who asks for them, and tells it where the table is. */
  handOut(handler: LambdaFunction): void {
    handler.addToRolePolicy(this.#only(["Query", "DeleteItem"], ["message"]));
    handler.addToRolePolicy(this.#only(["GetItem"], ["promise", "key"]));
    handler.addEnvironment(variables.table, this.#table.tableName);
  }

  /** Lets a function settle promises by what comes in by hooks, keep what comes too early, and tell what has come. */
  receive(handler: LambdaFunction): void {
    handler.addToRolePolicy(this.#only(["GetItem"], ["hook", "promise", "key"]));
    handler.addToRolePolicy(this.#only(["Query"], ["subscription"]));
    handler.addToRolePolicy(this.#only(["UpdateItem"], ["promise", "room", "allowance"]));
    handler.addToRolePolicy(this.#only(["PutItem"], ["kept", "room", "hookEvent", "upload", "allowance"]));
    handler.addToRolePolicy(this.#only(["ConditionCheckItem"], ["promise"]));
    handler.addEnvironment(variables.table, this.#table.tableName);
  }

  /** Tells a function of each change of what may be due. What it could not follow is kept in the queue, and swept. */
  streamTo(handler: LambdaFunction, deadLetters: Queue): void {
    // Nothing follows from what is in no due index.
    this.#stream(handler, deadLetters, [{ dynamodb: { NewImage: { [indexes.due.partition]: present } } }]);
  }

  /**
   * Tells a function of each promise that is created or settled, and of nothing else. What it could not do is kept in the
   * queue. A stream has room for two readers: this is the second.
   */
  streamLivesTo(handler: LambdaFunction, deadLetters: Queue, { withLocalSteps }: { withLocalSteps: boolean }): void {
    const promise = { Keys: { [tableKeys.partition]: { S: FilterRule.beginsWith("promise#") } } };
    // Local steps are not listed.
    const listed = withLocalSteps ? {} : { [indexes.byCreation.partition]: present };
    this.#stream(handler, deadLetters, [
      { eventName: FilterRule.isEqual("INSERT"), dynamodb: { ...promise, NewImage: { state: present, ...listed } } },
      {
        eventName: FilterRule.isEqual("MODIFY"),
        dynamodb: {
          ...promise,
          OldImage: { state: { S: FilterRule.isEqual("pending") } },
          NewImage: { state: { S: FilterRule.notEquals("pending") }, ...listed },
        },
      },
    ]);
  }

  #stream(handler: LambdaFunction, deadLetters: Queue, patterns: readonly object[]): void {
    handler.addEventSource(
      new DynamoEventSource(this.#table as unknown as ITable, {
        startingPosition: StartingPosition.LATEST,
        batchSize: 100,
        // A partition may be written faster than one run follows; changes of one item stay in order.
        parallelizationFactor: 10,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: 5,
        maxRecordAge: Duration.hours(1),
        onFailure: new SqsDlq(deadLetters),
        filters: patterns.map((pattern) => FilterCriteria.filter(pattern)),
      }),
    );
    Validations.of(handler.role ?? handler).acknowledge({
      id: "AwsSolutions-IAM5[Resource::*]",
      reason: "The list of streams is of the whole account: AWS knows no narrower right to it.",
    });
  }

  /** Leave for some things of the table, by the kind in front of their keys. */
  #only(actions: readonly string[], kinds: readonly string[]): PolicyStatement {
    return new PolicyStatement({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [this.#table.tableArn],
      conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": kinds.map((kind) => `${kind}#*`) } },
    });
  }

  /** Whatever a function may do, it can delete no promise. */
  #grant(handler: LambdaFunction, queried: readonly IndexName[], deleted: readonly string[]): void {
    const { tableArn, tableName } = this.#table;
    handler.addToRolePolicy(
      new PolicyStatement({
        actions: [...reads, ...writes].map((action) => `dynamodb:${action}`),
        resources: [tableArn],
      }),
    );
    handler.addToRolePolicy(this.#only(["DeleteItem"], deleted));
    handler.addToRolePolicy(
      new PolicyStatement({
        actions: ["dynamodb:Query"],
        resources: queried.map((index) => `${tableArn}/index/${indexes[index].name}`),
      }),
    );
    handler.addEnvironment(variables.table, tableName);
  }
}
