import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { type ChangeTo, type Kind, type Outcome, refused, type Things } from "#lib/core/index.ts";
import type { Cost } from "#lib/ports/store.ts";
import { answered } from "./answered.ts";
import type { Write } from "./expressions.ts";
import { fromItem } from "./items.ts";

/** Tries one guarded change as one conditional write. */
export async function attempt<Of extends Kind>(
  client: DynamoDBDocumentClient,
  change: ChangeTo<Of>,
  write: Write,
  cost: Cost,
): Promise<Outcome<Things[Of]>> {
  try {
    const item = await carryOut(client, write, cost);
    return { won: true, image: change.change.kind === "put" ? change.change.image : fromItem(change.of, item ?? {}) };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      // The refusing item comes as the database's own types, even through the document client.
      return refused(change, error.Item && fromItem(change.of, unmarshall(error.Item)));
    }
    throw error;
  }
}

async function carryOut(client: DynamoDBDocumentClient, write: Write, cost: Cost) {
  switch (write.kind) {
    case "put":
      await answered(client.send(new PutCommand(write.input)), cost);
      return undefined;
    case "update": {
      const { Attributes } = await answered(
        client.send(new UpdateCommand({ ...write.input, ReturnValues: "ALL_NEW" })),
        cost,
      );
      return Attributes;
    }
    case "delete": {
      const { Attributes } = await answered(
        client.send(new DeleteCommand({ ...write.input, ReturnValues: "ALL_OLD" })),
        cost,
      );
      return Attributes;
    }
    case "check":
      throw new Error("a check by itself is no write");
  }
}
