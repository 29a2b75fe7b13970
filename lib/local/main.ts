import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sonicBoom from "sonic-boom";
import { folderBodies } from "#lib/bodies/folder.ts";
import { s3Bodies } from "#lib/bodies/s3.ts";
import { withBodies } from "#lib/bodies/store.ts";
import { logger } from "#lib/log.ts";
import type { Bodies } from "#lib/ports/bodies.ts";
import type { DebugStore } from "#lib/ports/debug.ts";
import type { Store } from "#lib/ports/store.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoDebug } from "#lib/store/dynamodb/debug.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { sqliteStore } from "#lib/store/sqlite/store.ts";
import { tracingGiven } from "#lib/tracing/given.ts";
import { fileSecret } from "./file-secret.ts";
import { folderHookSecrets } from "./hook-secrets.ts";
import { fileKeys } from "./key-file.ts";
import { type Options, readOptions } from "./options.ts";
import { type LocalServer, type LocalServerOptions, startServer } from "./server.ts";
import type { WorksOptions } from "./works.ts";

/** A store, how it is let go of, and how often to look for what other processes have left in it. */
interface Opened {
  readonly store: Store;
  readonly debugStore: DebugStore;
  readonly bodies?: Bodies;
  readonly close: () => void;
  readonly shared?: NonNullable<WorksOptions["shared"]>;
  readonly where: string;
}

const dayMs = 24 * 60 * 60 * 1_000;

/** Other processes may write to the same table. */
const shared = { sweepEveryMs: 1_000, mailboxEveryMs: 500 };

/** Lines are gathered for a moment: to write each by itself would take as long as to answer its request. */
const gathering = { minLength: 8_192, periodicFlush: 100 };

async function open(options: Options): Promise<Opened> {
  if (options.store === "dynamodb") {
    return openDynamo(options);
  }
  const path = options.memory ? ":memory:" : join(options.data, "promises.db");
  if (!options.memory) {
    mkdirSync(options.data, { recursive: true });
  }
  const store = sqliteStore(path);
  return {
    store,
    debugStore: store,
    close: () => store.close(),
    where: options.memory ? "memory: they end with this process" : path,
  };
}

async function openDynamo({ endpoint, region, table, bodies: place }: Options): Promise<Opened> {
  const client = dynamoClient({ region, ...(endpoint !== undefined && { endpoint, ...localCredentials() }) });
  if (endpoint !== undefined) {
    await ensureTable(client, table);
  }
  const bodies = place === undefined ? undefined : bodiesAt(place, { region, endpoint, client });
  return {
    store: withBodies(dynamoStore({ client, table }), { ...(bodies && { bodies }), now: Date.now, newKey: randomUUID }),
    ...(bodies && { bodies }),
    debugStore: dynamoDebug(client, table),
    close: () => client.destroy(),
    shared,
    where: `DynamoDB table ${table} at ${endpoint ?? region}`,
  };
}

/** In the bucket of an S3, at the table's endpoint unless the environment names another; or in a folder. */
function bodiesAt(
  place: string,
  {
    region,
    endpoint,
    client,
  }: { region: string; endpoint: string | undefined; client: ReturnType<typeof dynamoClient> },
): Bodies {
  const [, bucket] = /^s3:\/\/([a-z0-9.-]+)$/.exec(place) ?? [];
  if (bucket === undefined) {
    return folderBodies(place);
  }
  const { credentials } = client.config;
  const s3 = process.env["AWS_ENDPOINT_URL_S3"] ?? endpoint;
  return s3Bodies({ bucket, region, credentials, ...(s3 !== undefined && { endpoint: new URL(s3) }) });
}

/** A DynamoDB beside the server asks for credentials, and takes any. */
const localCredentials = () =>
  process.env["AWS_ACCESS_KEY_ID"] === undefined
    ? { credentials: { accessKeyId: "local", secretAccessKey: "local" } }
    : {};

/** The keys that outlive the process, in files of the data folder. */
function keysIn(folder: string): Pick<LocalServerOptions, "linkKeys" | "signingKeys" | "hookSecrets"> {
  mkdirSync(folder, { recursive: true });
  return {
    linkKeys: fileKeys(join(folder, "link-keys.json")),
    signingKeys: fileKeys(join(folder, "signing-keys.json")),
    hookSecrets: folderHookSecrets(join(folder, "hook-secrets")),
  };
}

/** @throws Error where only a part of it is said, or the secret is not one. */
function signInBy({ signInIssuer: issuer, signInClient: clientId, signInSecret: path }: Options) {
  if (issuer === undefined && clientId === undefined && path === undefined) {
    return {};
  }
  if (issuer === undefined || clientId === undefined || path === undefined) {
    throw new Error("people can sign in with all of --sign-in-issuer, --sign-in-client and --sign-in-secret");
  }
  return { signIn: { issuer, clientId, secret: fileSecret(path) } };
}

const greeting = ({ url, listening }: LocalServer, where: string) => `
Durable promises on ${url}
Listening on ${listening}
Kept in ${where}

Try:
  curl -X POST ${url}/promises -d '{"id": "purchase/1", "timeout": 4102444800000}'
  curl ${url}/promises/purchase/1
  curl -X PATCH ${url}/promises/purchase/1 -d '{"state": "RESOLVED", "value": {"data": "done"}}'
  curl '${url}/promises?id=purchase/*'

All routes: ${url}/docs   Stop: Ctrl-C
`;

try {
  const options = readOptions(process.argv.slice(2));
  const { store, bodies, debugStore, close, where, shared } = await open(options);
  const lines = new sonicBoom.SonicBoom({ fd: process.stdout.fd, ...gathering });
  // Whoever read them has gone: the promises are served all the same.
  lines.on("error", () => {});
  const tracing = await tracingGiven(process.env, "resonate");
  const server = await startServer({
    ...(tracing && { tracing }),
    store,
    host: options.host,
    port: options.port,
    urls: options.url,
    log: logger(lines),
    now: Date.now,
    retryMs: options.retry * 1_000,
    ...(bodies && { bodies }),
    ...(!options.memory && keysIn(options.data)),
    ...(options.retention !== undefined && { retentionMs: options.retention * dayMs }),
    ...(shared && { shared }),
    ...signInBy(options),
    ...(options.debug && { debugStore }),
  });
  process.stderr.write(greeting(server, where));

  let isStopping = false;
  const stop = async () => {
    if (isStopping) {
      return;
    }
    isStopping = true;
    process.stderr.write("\nStopping.\n");
    await server.stop();
    close();
    lines.flushSync();
    process.exit(0);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
