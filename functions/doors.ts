/** The doors, as every function that answers requests has them. */

import { randomUUID } from "node:crypto";
import { toKeyRing } from "#lib/access/key-ring.ts";
import { sealer as sealerOf } from "#lib/access/sealer.ts";
import { signInAt } from "#lib/access/sign-in.ts";
import { signer } from "#lib/access/signer.ts";
import { secretProblem } from "#lib/hooks/secret.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { type ServiceParts, serviceApp } from "#lib/protocol/app.ts";
import { hookService } from "#lib/service/hooks.ts";
import { knownSubscriptions } from "#lib/service/known-subscriptions.ts";
import { linkService } from "#lib/service/links.ts";
import { messageService } from "#lib/service/messages.ts";
import { promiseService } from "#lib/service/promises.ts";
import { scheduleService } from "#lib/service/schedules.ts";
import { subscriptionService } from "#lib/service/subscriptions.ts";
import { taskService } from "#lib/service/tasks.ts";
import { visitService } from "#lib/service/visits.ts";
import { accessTo } from "./access.ts";
import { tellAnswered } from "./answered.ts";
import { read, retentionMs, retryMs, variables } from "./env.ts";
import { feed } from "./feed.ts";
import { hookSecretWriter } from "./hook-secrets.ts";
import { readSecret } from "./secret.ts";
import { store } from "./store.ts";
import { tracing } from "./tracing.ts";

const sealer = sealerOf(async () => toKeyRing(await readSecret(read(variables.linkKeysSecret))));

const known = knownSubscriptions(store, Date.now);

const conduct = { store, feed, retryMs: retryMs(), known };

const issuer = process.env[variables.signInIssuer];

const signIn =
  issuer === undefined
    ? undefined
    : signInAt({
        issuer,
        clientId: read(variables.signInClient),
        secret: () => readSecret(read(variables.signInSecret)),
      });

const keptMs = retentionMs();

const ofLinks = { ...conduct, sealer, ...(keptMs !== undefined && { retentionMs: keptMs }) };

/** What the doors do, but for how requests reach them. */
const parts = {
  promises: promiseService(conduct),
  tasks: taskService(conduct),
  schedules: scheduleService(conduct, async () => (await import("#lib/cron.ts")).calendar),
  messages: messageService(conduct),
  links: linkService({ ...ofLinks, canSignIn: signIn !== undefined }),
  visits: visitService(ofLinks),
  hooks: hookService({ store, secrets: hookSecretWriter(), secretProblem }),
  subscriptions: subscriptionService({
    ...conduct,
    secrets: signer(async () => toKeyRing(await readSecret(read(variables.signingKeysSecret)))),
  }),
  sealer,
  ...(signIn && { signIn }),
  probe: (cost) => store.get("ready", cost),
  now: Date.now,
  token: randomUUID,
  log: tellAnswered,
  access: accessTo(store),
  ...(tracing && { tracing }),
} satisfies Omit<ServiceParts, "addresses">;

/** URLs that clients reach the service at; the first is given out. */
export const ownUrls: readonly string[] = read(variables.publicUrls).split(",");

/** @param urls All URLs that the service is reached at, the one that is given out first. */
export const doors = (
  urls: readonly string[],
  way: Pick<ServiceParts, "rawPath" | "isAltered" | "listeners">,
): ReturnType<typeof serviceApp> => serviceApp({ ...parts, addresses: addressesAt(urls), ...way });
