/**
 * Several guarded changes as one transaction, and what its refusal says.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { type CancellationReason, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { type AnyChange, type ChangeTo, Fault, type Kind, refused } from "#lib/core/index.ts";
import type { Cost, Transacted } from "#lib/ports/store.ts";
import { answered } from "./answered.ts";
import { toWrite, type Write } from "./expressions.ts";
import { fromItem } from "./items.ts";
import type { Shards } from "./layout.ts";

/** How often a transaction that others are in the way of is tried, and the wait that doubles before each time. */
const attemptsMax = 10;
const backoffMs = 8;
const backoffMsMax = 400;

/** Changes of things of the largest size that a transaction's 4 MB hold. */
const surelyFitMax = 9;

/** Whether the database found the whole request wrong, which ours are only by their size. */
const isRefusedAsLarge = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && error.cause.name === "ValidationException";

/** Reasons that pass: somebody else's write was under way, or there was too much to do at once. */
const passing: ReadonlySet<string> = new Set([
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded",
]);

export async function transact(
  client: DynamoDBDocumentClient,
  table: string,
  shards: Shards,
  writes: readonly AnyChange[],
  cost: Cost,
): Promise<Transacted> {
  const TransactItems = writes.map((write) => toTransactItem(toWrite(write, table, shards)));
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (attempt > 0) {
      await sleep(Math.random() * Math.min(backoffMs * 2 ** attempt, backoffMsMax));
    }
    // The client gives each command a token of its own, so that its own repetitions are one transaction.
    const outcome = await attemptOnce(client, { TransactItems }, writes, cost);
    if (outcome !== "again") {
      return outcome;
    }
  }
  throw new Fault("storeUnavailable", {});
}

async function attemptOnce(
  client: DynamoDBDocumentClient,
  input: TransactWriteCommandInput,
  writes: readonly AnyChange[],
  cost: Cost,
): Promise<Transacted | "again"> {
  try {
    await answered(client.send(new TransactWriteCommand(input)), cost);
    return wonBy(writes);
  } catch (error) {
    if (error instanceof TransactionCanceledException) {
      return classify(error, writes);
    }
    if (isRefusedAsLarge(error) && writes.length > surelyFitMax) {
      return { won: false, refusals: writes.map(() => undefined), isTooLarge: true };
    }
    throw error;
  }
}

/**
 * What the reasons of a canceled transaction come to. One reason is given for each write; a write that another's failure
 * kept from being looked at has none either, so that a failed condition counts only where nothing else was in the way.
 */
function classify(error: TransactionCanceledException, writes: readonly AnyChange[]): Transacted | "again" {
  const reasons = error.CancellationReasons ?? [];
  const codes = reasons.map(({ Code = "None" }) => Code);
  if (codes.some((code) => passing.has(code))) {
    return "again";
  }
  if (codes.some((code) => code !== "None" && code !== "ConditionalCheckFailed")) {
    throw new Fault("storeFailed", {}, { cause: error });
  }
  if (codes.every((code) => code === "None")) {
    throw new Fault("storeFailed", {}, { cause: error });
  }
  const refusals = writes.map((write, at) => toRefusal(write as ChangeTo<Kind>, reasons[at]));
  // One that refuses only its own repetition tells of the whole: it was all done.
  return refusals.every((refusal) => refusal === undefined) ? wonBy(writes) : { won: false, refusals };
}

const wonBy = (writes: readonly AnyChange[]): Transacted => ({
  won: true,
  images: writes.map(({ change }) => (change.kind === "put" ? change.image : undefined)),
});

function toRefusal(write: ChangeTo<Kind>, reason: CancellationReason | undefined) {
  if (reason?.Code !== "ConditionalCheckFailed") {
    return undefined;
  }
  const image = reason.Item && fromItem(write.of, unmarshall(reason.Item));
  return refused(write, image).won ? undefined : { image };
}

function toTransactItem(write: Write): NonNullable<TransactWriteCommandInput["TransactItems"]>[number] {
  switch (write.kind) {
    case "put":
      return { Put: write.input };
    case "update":
      return { Update: write.input };
    case "delete":
      return { Delete: write.input };
    case "check":
      return { ConditionCheck: write.input };
  }
}
