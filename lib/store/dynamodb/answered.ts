import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { isServerError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import { Fault } from "#lib/core/index.ts";
import type { Cost } from "#lib/ports/store.ts";

/**
 * What DynamoDB answers to a request on its way. Adds the round trips that it took to the cost.
 *
 * @throws Fault `storeUnavailable`, `storeFailed`
 * @throws ConditionalCheckFailedException, TransactionCanceledException as they came: a refused write is an answer.
 */
export async function answered<Output>(sending: Promise<Output>, cost: Cost): Promise<Output> {
  try {
    const output = await sending;
    cost.roundTrips += attemptsOf(output);
    return output;
  } catch (error) {
    cost.roundTrips += attemptsOf(error);
    throw isRefusal(error) ? error : toFault(error);
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException || error instanceof TransactionCanceledException;

interface Attempted {
  readonly $metadata?: { readonly attempts?: number };
}

/** How often the client sent the request. */
const attemptsOf = (ended: unknown): number => (ended as Attempted | undefined)?.$metadata?.attempts ?? 1;

/** Tells what may pass from what repeating will not mend. */
function toFault(error: unknown): Error {
  const cause = error as Parameters<typeof isThrottlingError>[0];
  const mayPass = isThrottlingError(cause) || isTransientError(cause) || isServerError(cause);
  return new Fault(mayPass ? "storeUnavailable" : "storeFailed", {}, { cause });
}
