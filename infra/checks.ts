/**
 * What is refused of the service's props before anything is deployed: that which the functions would refuse at their start,
 * or by which things would get lost. What is known only once it is deployed (`Token`) is passed over.
 */

import { type Duration, Token } from "aws-cdk-lib";
import { toJwtOptions } from "#lib/access/jwt-options.ts";
import { toSafeUrl } from "#lib/access/safe-url.ts";
import { defaultShards, type Shards, shardsMax } from "#lib/store/dynamodb/layout.ts";
import type { TokenProps } from "./endpoint.ts";
import type { SignInProps } from "./sign-in.ts";
import type { TracesProps } from "./traces.ts";

/** News of a promise's end is tried for a day before it is parked, and must find its promise. */
export const retentionDaysMin = 2;

interface Checked {
  readonly shards?: Shards;
  readonly retention?: Duration;
  readonly publicUrls?: readonly string[];
  readonly tokens?: TokenProps;
  readonly signIn?: SignInProps;
  readonly traces?: TracesProps;
}

/** @throws Error with the name of the first prop that is wrong, and what it may be. */
export function check({ shards, retention, publicUrls = [], tokens = {}, signIn, traces }: Checked): void {
  checkShards(shards);
  if (retention !== undefined && retention.toDays({ integral: false }) < retentionDaysMin) {
    throw new Error(`retention must be at least ${retentionDaysMin} days`);
  }
  for (const url of publicUrls) {
    checkText("publicUrls", url, isBaseUrl, baseUrlRule);
  }
  checkText("traces.endpoint", traces?.endpoint, isBaseUrl, baseUrlRule);
  checkText("signIn.issuer", signIn?.issuer, isSafeUrl, safeUrlRule);
  checkTokens(tokens);
}

export const isBaseUrl = (text: string): boolean =>
  /^https?:\/\/[^/\s?#]+(\/[^\s?#]*[^\s?#/])?$/.test(text) && URL.canParse(text);

export const baseUrlRule = "a URL that begins with http:// or https:// and ends without a slash";

/** As the functions take it: over plain http only from the same machine, which is a test's. */
export const isSafeUrl = (text: string): boolean => toSafeUrl(text) !== undefined;

export const safeUrlRule = "a URL that begins with https://";

function checkText(name: string, text: string | undefined, isOne: (text: string) => boolean, rule: string): void {
  if (text !== undefined && !Token.isUnresolved(text) && !isOne(text)) {
    throw new Error(`${name} must be ${rule}, not ${JSON.stringify(text)}`);
  }
}

/** @throws Error where things would get lost that the service has written with as many shards as it has by itself. */
function checkShards({ list, due }: Shards = defaultShards): void {
  for (const [count, least] of [
    [list, defaultShards.list],
    [due, defaultShards.due],
  ] as const) {
    if (!Number.isInteger(count) || count < least || count > shardsMax) {
      throw new Error(`shards must be whole numbers from ${least} to ${shardsMax}`);
    }
  }
}

/** The error holds no key: it might be a private one. */
function checkTokens(tokens: TokenProps): void {
  const { publicKey, jwksUrl, issuer, audience } = tokens;
  if ((issuer || audience) && !(publicKey || jwksUrl)) {
    throw new Error("tokens: an issuer and an audience are of no use without publicKey or jwksUrl");
  }
  if ([publicKey, jwksUrl].some((each) => Token.isUnresolved(each))) {
    return;
  }
  try {
    toJwtOptions(tokens);
  } catch (error) {
    throw new Error(`tokens: ${(error as Error).message}`);
  }
}
