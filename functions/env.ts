/**
 * The functions' environment variables, named once for those who set them and those who read them.
 *
 * @module
 */

export const variables = {
  /** Name of the DynamoDB table. */
  table: "TABLE_NAME",
  /** Shards of the lists and of the due index, by a comma; absent: as many as the store has by itself. */
  shards: "SHARDS",
  /** What tells this service's metrics from another's. */
  serviceName: "SERVICE_NAME",
  /** Name of the bucket of large payloads. */
  bodies: "BODIES_BUCKET",
  /** URLs that clients reach the service at, by commas; the first is given out. */
  publicUrls: "PUBLIC_URLS",
  /** Seconds after which a task that nobody has taken is offered again. */
  retrySeconds: "RETRY_SECONDS",
  /** Days after which a settled promise may expire, and a link that is over; absent: never. */
  retentionDays: "RETENTION_DAYS",
  /** For how many seconds a worker's stream stays open. */
  openSeconds: "OPEN_SECONDS",
  /** URL of the queue of messages to send. */
  deliveryQueue: "DELIVERY_QUEUE_URL",
  /** URL of the queue of what will be due soon. */
  delayQueue: "DELAY_QUEUE_URL",
  /** ARN of the event bus that lifecycle events are announced on. */
  eventBus: "EVENT_BUS",
  /** `true`: the steps inside of workflows are announced, too. */
  eventsOfLocalSteps: "EVENTS_OF_LOCAL_STEPS",
  /** `true`: messages are posted to receivers anywhere, the deployment's own network included. */
  anyReceiver: "ANY_RECEIVER",
  /** Whose functions, queues, topics and event buses messages are sent to. */
  account: "ACCOUNT_ID",
  partition: "PARTITION",
  /** `true`: the API's description is not shown to strangers. */
  descriptionClosed: "DESCRIPTION_CLOSED",
  /** ARN of the secret that is the administrator's key. */
  adminKeySecret: "ADMIN_KEY_SECRET_ARN",
  /** ARN of the secret that is the keys of links. */
  linkKeysSecret: "LINK_KEYS_SECRET_ARN",
  /** ARN of the secret that is the keys that messages are signed by. */
  signingKeysSecret: "SIGNING_KEYS_SECRET_ARN",
  /** OpenTelemetry's own: the collector that traces are handed to, and what part of them. Absent: no traces are kept. */
  tracesEndpoint: "OTEL_EXPORTER_OTLP_ENDPOINT",
  tracesSampler: "OTEL_TRACES_SAMPLER",
  tracesRatio: "OTEL_TRACES_SAMPLER_ARG",
  /** Where people sign in before they decide by a link: the issuer, this service's client there, and its secret's ARN; absent: nowhere. */
  signInIssuer: "SIGN_IN_ISSUER",
  signInClient: "SIGN_IN_CLIENT",
  signInSecret: "SIGN_IN_SECRET_ARN",
  /** What the names of the secrets of hooks begin with. */
  hookSecrets: "HOOK_SECRETS_PREFIX",
  /** Whose tokens are accepted: a public key in PEM, or the URL of a key set. Absent: nobody's. */
  jwtPublicKey: "JWT_PUBLIC_KEY",
  jwksUrl: "JWT_JWKS_URL",
  jwtIssuer: "JWT_ISSUER",
  jwtAudience: "JWT_AUDIENCE",
} as const;

/** @throws Error where the deployment has not set the variable. */
export function read(variable: (typeof variables)[keyof typeof variables]): string {
  const value = process.env[variable];
  if (value === undefined || value === "") {
    throw new Error(`the environment variable ${variable} is not set`);
  }
  return value;
}

/** After how many milliseconds a task that nobody has taken is offered again. */
export const retryMs = (): number => Number(read(variables.retrySeconds)) * 1_000;

/** For how many milliseconds a worker's stream stays open. */
export const openMs = (): number => Number(read(variables.openSeconds)) * 1_000;

/** How long what has ended is kept, in milliseconds; undefined: for ever. */
export function retentionMs(): number | undefined {
  const days = process.env[variables.retentionDays];
  return days === undefined ? undefined : Number(days) * 24 * 60 * 60 * 1_000;
}

/** Into how many shards the indexes are cut; undefined: as the store does by itself. */
export function shards(): { readonly list: number; readonly due: number } | undefined {
  const [list, due] = process.env[variables.shards]?.split(",").map(Number) ?? [];
  return list === undefined || due === undefined ? undefined : { list, due };
}
