/** Who may ask: holders of API keys, of tokens, of the administrator's key, and callers that IAM has let in. */

import { type Authenticate, authenticator } from "#lib/access/authenticate.ts";
import type { Caller } from "#lib/access/caller.ts";
import { toJwtOptions } from "#lib/access/jwt-options.ts";
import { kept } from "#lib/access/kept.ts";
import { hashKey } from "#lib/access/keys.ts";
import { isFault } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Access } from "#lib/protocol/access.ts";
import { read, variables } from "./env.ts";
import { readSecret } from "./secret.ts";

/** For how long the administrator's key is not read again: after so long at most, one that was replaced is refused. */
const adminKeyKeptMs = 60_000;

export function accessTo(store: Pick<Store, "find">): Access {
  const jwt = toJwtOptions({
    publicKey: process.env[variables.jwtPublicKey],
    jwksUrl: process.env[variables.jwksUrl],
    issuer: process.env[variables.jwtIssuer],
    audience: process.env[variables.jwtAudience],
  });
  const known = authenticator({ store, jwt });
  const administrators = adminDoor();
  return {
    letIn,
    isDescriptionClosed: process.env[variables.descriptionClosed] === "true",
    // The administrator's key is seldom used, and costs a request of its own to be known.
    authenticate: (credentials, request) =>
      known(credentials, request).catch((refusal: unknown) => {
        if (!(isFault(refusal) && refusal.code === "unauthorized")) {
          throw refusal;
        }
        return administrators(credentials, request);
      }),
  };
}

function adminDoor(): Authenticate {
  const secrets = kept((arn) => readSecret(arn), adminKeyKeptMs);
  return async (credentials, request) => {
    const key = await secrets(read(variables.adminKeySecret), request.now, request.cost);
    const adminHashes = key === undefined ? [] : [hashKey(key)];
    return authenticator({ store: { find: async () => undefined }, adminHashes })(credentials, request);
  };
}

/** What a gateway says of a caller whose signature IAM has verified. Nobody else can say it. */
function letIn(platform: unknown): Caller | undefined {
  const { event } = (platform ?? {}) as {
    event?: { requestContext?: { authorizer?: { iam?: { userArn?: string } } } };
  };
  const iam = event?.requestContext?.authorizer?.iam;
  return iam && { principal: `iam:${iam.userArn ?? "unknown"}`, isAdmin: true };
}
