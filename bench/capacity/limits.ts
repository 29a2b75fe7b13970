/**
 * What the tables of capacity are computed from: what AWS documents, what is measured, and what is taken for granted.
 *
 * @module
 */

/** A limit that AWS documents, and where. */
export interface Documented {
  readonly says: string;
  readonly value: number;
  readonly source: string;
}

const dynamo = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide";
const lambda = "https://docs.aws.amazon.com/lambda/latest/dg";

export const documented = {
  partitionWrites: {
    says: "write units a second that one partition takes, of a table or of an index",
    value: 1_000,
    source: `${dynamo}/warm-throughput-scenarios.html`,
  },
  tableWrites: {
    says: "write units a second of a table paid by use, and of each index; a quota that can be raised",
    value: 40_000,
    source: `${dynamo}/ServiceQuotas.html`,
  },
  newTableWrites: {
    says: "write units a second of one that has never been busier; it doubles what it takes within half an hour",
    value: 4_000,
    source: "https://repost.aws/knowledge-center/on-demand-table-throttling-dynamodb",
  },
  requests: {
    says: "requests a second of all APIs of an account (2,500 in some regions); can be raised",
    value: 10_000,
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
  },
  runs: {
    says: "runs of functions at once in an account (fewer in a new one); can be raised",
    value: 1_000,
    source: `${lambda}/gettingstarted-limits.html`,
  },
  mbOfAProcessor: {
    says: "MB of memory that come with a whole processor",
    value: 1_769,
    source: `${lambda}/configuration-memory.html`,
  },
  runsAtFirst: {
    says: "runs with which a queue's event source begins",
    value: 5,
    source: `${lambda}/services-sqs-scaling.html`,
  },
  runsMoreAMinute: {
    says: "runs that it adds each minute",
    value: 300,
    source: `${lambda}/services-sqs-scaling.html`,
  },
  runsOfAStreamShard: {
    says: "runs at once over one shard of a stream, at most; the deployment asks for so many",
    value: 10,
    source: `${lambda}/services-ddb-params.html`,
  },
  putEvents: {
    says: "requests a second that put up to ten events each, in us-east-1; hundreds in small regions; can be raised",
    value: 10_000,
    source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
  },
} as const satisfies Record<string, Documented>;

/** The deployment's own. */
export const deployed = {
  sweepMb: 1_769,
  advanceMb: 512,
  announceMb: 256,
  /** Runs at once of the delay queue, for each shard of the due index. */
  runsOfADueShard: 8,
  /** For how long a sweep goes on before it would be stopped. */
  sweepMs: 110_000,
  /** Entries on a page of the due index; things in one message; messages in a batch. */
  page: 100,
  pack: 25,
  queueBatch: 10,
  /** After so long a message is brought again that failed, and so often. */
  visibilityMs: 360_000,
  receivesMax: 5,
} as const;

/**
 * Processor time, in milliseconds of a whole processor: twice what `npm run bench -- work` has measured, for TLS and for
 * slower processors than that of the machine it ran on.
 */
export const cpuMs = {
  /** An entry of a page of the due index. */
  list: 0.04,
  /** An entry that is handed to the queue. */
  handOn: 0.02,
  /** A timer's image, in a batch; and its settlement. */
  look: 0.16,
  settle: 1,
  /** A change that the stream tells of, from which a message follows. */
  followed: 0.6,
  /** An event that is announced. */
  announced: 0.13,
} as const;

/** Taken for granted. */
export const latencyMs = {
  read: 6,
  write: 10,
  send: 10,
  /** A request, in the API function. */
  request: 15,
  /** A message that is sent, in the deliver function. */
  deliver: 50,
  /** From a message that is there to a run that has it. */
  invoke: 20,
  coldStart: 500,
  /** For how long the client repeats a write that is throttled: its four attempts, on average. */
  patience: 1_750,
} as const;
