/**
 * API keys of a deployed service: `TABLE_NAME=… npm run keys -- create --name shop --prefix shop/`.
 *
 * Works on the table itself, with the operator's own AWS credentials. A key is printed once, alone on the standard output.
 *
 * @module
 */

import { Argument, Command, InvalidArgumentError } from "commander";
import { type Issued, issuer } from "#lib/access/issue.ts";
import { type ApiKey, isInForce, limits, type Scope, scopes } from "#lib/core/index.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function toMs(text: string): number {
  const { number = "", unit = "" } = /^(?<number>\d+)(?<unit>[smhd])$/.exec(text)?.groups ?? {};
  if (!(unit in unitsMs)) {
    throw new InvalidArgumentError("a whole number and s, m, h or d: 90d");
  }
  return Number(number) * unitsMs[unit as keyof typeof unitsMs];
}

function toScopes(text: string): readonly Scope[] {
  const named = text.split(",");
  if (!named.every((each): each is Scope => (scopes as readonly string[]).includes(each))) {
    throw new InvalidArgumentError(`some of ${scopes.join(",")}`);
  }
  return named;
}

function toPrefix(text: string): string {
  if (!text.isWellFormed() || Buffer.byteLength(text) > limits.idBytesMax) {
    throw new InvalidArgumentError(`at most ${limits.idBytesMax} bytes, as no id is longer`);
  }
  return text;
}

function open() {
  const table = process.env["TABLE_NAME"];
  if (!table) {
    throw new Error("the environment variable TABLE_NAME names the table; the deployment has told its name");
  }
  const endpoint = process.env["AWS_ENDPOINT_URL_DYNAMODB"] ?? process.env["AWS_ENDPOINT_URL"];
  return issuer(dynamoStore({ client: dynamoClient(endpoint ? { endpoint } : {}), table }));
}

function told(record: ApiKey): string {
  const { id, name, prefix, verbs, expiresAt, revokedAt } = record;
  const ended = revokedAt === undefined ? "expired" : "revoked";
  return [
    id,
    isInForce(record, Date.now()) ? "in force" : ended,
    verbs.join(","),
    prefix === "" ? "any id" : JSON.stringify(prefix),
    expiresAt === undefined ? "no end" : `until ${new Date(expiresAt).toISOString()}`,
    JSON.stringify(name),
  ].join("  ");
}

function hand({ key, record }: Issued): void {
  process.stderr.write(`${told(record)}\nThe key, which nobody can show again:\n`);
  process.stdout.write(`${key}\n`);
}

const keyId = new Argument("<id>", "as it is listed: the part of the key between its underscores");

const command = new Command("npm run keys --").description("Makes, lists and ends API keys of the service.");

command
  .command("create")
  .requiredOption("--name <text>", "whose it is")
  .option("--prefix <text>", "what every id begins with that it may name; none: all ids", toPrefix, "")
  .option("--verbs <list>", `some of ${scopes.join(",")}`, toScopes, ["read", "write", "task", "schedule"] as const)
  .option("--expires <time>", "after which it ends by itself: 90d", toMs)
  .action(async ({ name, prefix, verbs, expires }) => {
    const now = Date.now();
    hand(await open().create({ name, prefix, verbs, ...(expires !== undefined && { expiresAt: now + expires }) }, now));
  });

command.command("list").action(async () => {
  for (const record of await open().list()) {
    process.stdout.write(`${told(record)}\n`);
  }
});

command
  .command("revoke")
  .addArgument(keyId)
  .action(async (id: string) => {
    if (!(await open().revoke(id, Date.now()))) {
      throw new Error(`no key ${id} is there to be revoked`);
    }
    process.stderr.write("Revoked: within a minute it opens nothing any more.\n");
  });

command
  .command("rotate")
  .addArgument(keyId)
  .option("--overlap <time>", "for how long the old key is taken still", toMs, unitsMs.d)
  .action(async (id: string, { overlap }: { overlap: number }) => {
    const issued = await open().rotate(id, overlap, Date.now());
    if (issued === undefined) {
      throw new Error(`no key ${id} is there to be rotated`);
    }
    hand(issued);
  });

try {
  await command.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
