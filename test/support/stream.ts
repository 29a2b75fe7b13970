/**
 * The stream of a table, as the project's DynamoDB engine keeps it.
 *
 * @module
 */

import type { DynamoDBRecord } from "aws-lambda";

export interface TableStream {
  /** What has been written since it was last asked, in the order of the writes. */
  next(): Promise<readonly DynamoDBRecord[]>;
}

/** Turns a table's stream on. */
export async function openStream(endpoint: string, table: string): Promise<TableStream> {
  const ask = asking(endpoint);
  const { TableDescription } = await ask<{ TableDescription: { LatestStreamArn: string } }>(
    "DynamoDB_20120810.UpdateTable",
    { TableName: table, StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } },
  );
  const StreamArn = TableDescription.LatestStreamArn;
  const streams = <Answer>(verb: string, body: object) => ask<Answer>(`DynamoDBStreams_20120810.${verb}`, body);
  let read = 0;
  return {
    async next() {
      const { StreamDescription } = await streams<{ StreamDescription: { Shards: readonly { ShardId: string }[] } }>(
        "DescribeStream",
        { StreamArn },
      );
      const [shard] = StreamDescription.Shards;
      if (shard === undefined) {
        return [];
      }
      const { ShardIterator } = await streams<{ ShardIterator: string }>("GetShardIterator", {
        StreamArn,
        ShardId: shard.ShardId,
        ...(read === 0
          ? { ShardIteratorType: "TRIM_HORIZON" }
          : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: String(read) }),
      });
      const { Records } = await streams<{ Records: readonly DynamoDBRecord[] }>("GetRecords", { ShardIterator });
      read = Math.max(read, ...Records.map(({ dynamodb }) => Number(dynamodb?.SequenceNumber)));
      return Records;
    },
  };
}

const asking =
  (endpoint: string) =>
  async <Answer>(target: string, body: object): Promise<Answer> => {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": target,
        "x-amz-date": "20260101T000000Z",
        authorization:
          "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=any",
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) {
      throw new Error(`${target}: ${response.status} ${await response.text()}`);
    }
    return (await response.json()) as Answer;
  };
