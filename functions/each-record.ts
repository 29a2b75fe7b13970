import type { SQSBatchResponse } from "aws-lambda";
import type { Log } from "#lib/log.ts";
import type { Cost } from "#lib/ports/store.ts";

/** Does each record of a batch by itself. Those that fail are told one by one, so that only they are brought again. */
export async function eachRecord<Record>(
  records: readonly Record[],
  { verb, log, identifierOf }: { verb: string; log: Log; identifierOf: (record: Record) => string },
  doOne: (record: Record, cost: Cost) => Promise<void>,
): Promise<SQSBatchResponse> {
  const cost = { roundTrips: 0 };
  const ended = await Promise.all(
    records.map((record) =>
      doOne(record, cost).then(
        () => undefined,
        (err: unknown) => {
          log.error({ verb, err });
          return { itemIdentifier: identifierOf(record) };
        },
      ),
    ),
  );
  const batchItemFailures = ended.filter((failure) => failure !== undefined);
  log.info({ verb, looked: records.length, failed: batchItemFailures.length, ...cost });
  return { batchItemFailures };
}
