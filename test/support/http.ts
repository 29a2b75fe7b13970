import type { Reply } from "./door.ts";

/** Asks a server over the network. */
export async function request(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(url + path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  // An answer of 204 has no body.
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}
