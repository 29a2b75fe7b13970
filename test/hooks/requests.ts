import { HookDefinition } from "#lib/hooks/definition.ts";
import type { Hook, HookRequest } from "#lib/hooks/hook.ts";

/** What a sender sends, unless a test says otherwise. */
interface Sent {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export function request({
  method = "POST",
  url = "https://promises.example/hooks/shop",
  headers = {},
  body = "",
}: Sent) {
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    method,
    url,
    headers: Object.fromEntries(lowerCase),
    query: new URL(url).searchParams,
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
  } satisfies HookRequest;
}

/** A hook as its definition is read, with everything resolved that nothing is said of. */
export const hookOf = (definition: object): Hook =>
  HookDefinition.parse({ promiseId: { path: "$.id" }, otherwise: "resolve", ...definition });

/** The moment that tests take for now. */
export const now = Date.UTC(2026, 10, 26, 12);

export const seconds = (moment: number): string => String(Math.floor(moment / 1_000));

export const formType = { "content-type": "application/x-www-form-urlencoded" };
