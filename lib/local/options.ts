import { Command, InvalidArgumentError, Option } from "commander";
import { toSafeUrl } from "#lib/access/safe-url.ts";

/** How the local server is asked to run. */
export interface Options {
  readonly host: string;
  /** Zero: a free one. */
  readonly port: number;
  /** Folder of the embedded store's file. */
  readonly data: string;
  readonly memory: boolean;
  readonly url: readonly string[];
  readonly store: "sqlite" | "dynamodb";
  readonly endpoint?: string;
  readonly region: string;
  readonly table: string;
  /** Where payloads are kept that are too large for the table: `s3://bucket`, or a folder. */
  readonly bodies?: string;
  /** After how many seconds a task that nobody has taken is offered again. */
  readonly retry: number;
  /** After how many days a settled promise may be deleted; absent: never. */
  readonly retention?: number;
  /** Where people sign in before they decide by a link, and as what client; the secret is read from a file. */
  readonly signInIssuer?: string;
  readonly signInClient?: string;
  readonly signInSecret?: string;
  /** Whether clients may set the clock and forget everything. */
  readonly debug: boolean;
}

const portMax = 65_535;

/** Reads the command line; answers `--help` and mistakes itself, and ends the process then. */
export function readOptions(commandLine: readonly string[]): Options {
  return new Command("npm start --")
    .description("Serves durable promises on this machine, from an embedded durable store or from DynamoDB.")
    .option("--port <number>", "port to listen on; 0 picks a free one", toPort, 8001)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--data <folder>", "folder that keeps the promises, and the keys and secrets whatever the store", "data")
    .option("--memory", "keep the promises in memory only: they end with the process", false)
    .addOption(
      new Option("--url <url...>", "URLs that clients reach this server at, the one to give out first")
        .default([], "http://localhost:PORT")
        .argParser(toUrl),
    )
    .addOption(
      new Option("--store <kind>", "where the promises are kept").choices(["sqlite", "dynamodb"]).default("sqlite"),
    )
    .option(
      "--endpoint <url>",
      "DynamoDB at this URL instead of AWS; the table is created there if it is missing",
      toEndpoint,
    )
    .option("--region <name>", "AWS region of the table", process.env["AWS_REGION"] ?? "us-east-1")
    .option("--table <name>", "DynamoDB table", "resonate")
    .option(
      "--bodies <place>",
      "where large payloads are kept beside the table: s3://BUCKET, or a folder (nowhere: 160 KB are the limit)",
    )
    .option("--retry <seconds>", "offer a task again that nobody has taken after so long", toSeconds, 30)
    .option(
      "--retention <days>",
      "delete promises that were settled so long ago, 2 at least (never, unless it is given)",
      toDays,
    )
    .option(
      "--sign-in-issuer <url>",
      "OpenID Connect issuer where people sign in before they decide by a link, as it calls itself",
      toIssuer,
    )
    .option("--sign-in-client <id>", "this service's client id there")
    .option("--sign-in-secret <file>", "file with the client's secret, which only its owner may read")
    .option("--debug", "let clients set the clock and delete everything: for tests only", false)
    .addHelpText(
      "after",
      `
Examples:
  npm start                                    keeps promises in ./data, on http://localhost:8001
  npm start -- --memory --port 0               forgets them when it stops, on a free port
  npm start -- --store dynamodb --endpoint http://localhost:8000

Servers that share a table must share signing-keys.json, link-keys.json and hook-secrets of the data folder, too: give them
all one --data, or a copy of these made before the others start. Otherwise receivers cannot verify half of the messages.`,
    )
    .parse(commandLine, { from: "user" })
    .opts<Options>();
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > portMax) {
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${portMax}.`);
  }
  return port;
}

const retryMax = 3_600;

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds < 0.1 || seconds > retryMax) {
    throw new InvalidArgumentError(`It must be a number of seconds from 0.1 to ${retryMax}.`);
  }
  return seconds;
}

/** News of a promise's end is tried for a day before it is parked. */
const retentionDaysMin = 2;

function toDays(text: string): number {
  const days = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || days < retentionDaysMin || days > 36_500) {
    throw new InvalidArgumentError(`It must be a number of days, ${retentionDaysMin} at least.`);
  }
  return days;
}

const toUrl = (text: string, before: readonly string[]): string[] => [...before, toEndpoint(text)];

/** A URL without the slash at its end. */
function toEndpoint(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError("It must be an http:// or https:// URL.");
  }
  return text.replace(/\/+$/, "");
}

/** A URL to the letter: issuers are compared, and one may end with a slash. */
function toIssuer(text: string): string {
  if (toSafeUrl(text) === undefined) {
    throw new InvalidArgumentError("It must be an https:// URL, or an http:// URL of this machine.");
  }
  return text;
}
