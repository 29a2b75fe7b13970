/** Links as a browser uses them, without one. */

import { expect } from "vitest";
import type { Door } from "./door.ts";

export const later = 4_102_444_800_000;

export interface Opened {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
}

export interface Linked {
  readonly path: string;
  readonly id: string;
  open(method?: string): Promise<Opened>;
  /** Opens the page, and sends its form off. */
  decide(outcome: string, comment?: string, formToken?: string): Promise<Opened>;
}

/** Creates a promise, unless it is there, and a link to it. */
export async function linkTo(door: Door, id: string, terms: object = {}, timeout = later): Promise<Linked> {
  await door.ask("POST", "/promises", { id, timeout });
  const path = `/promises/${encodeURIComponent(id)}/links`;
  const made = await door.ask("POST", path, { outcomes: ["resolve", "reject"], ...terms });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return linkAt(door, new URL(made.body.url).pathname, made.body.id);
}

export function linkAt(door: Door, path: string, id = ""): Linked {
  const send = async (method: string, body?: URLSearchParams): Promise<Opened> => {
    const response = await door.send(path, {
      method,
      headers: { "user-agent": "a browser" },
      ...(body && { body }),
    });
    return { status: response.status, headers: response.headers, html: await response.text() };
  };
  return {
    path,
    id,
    open: (method = "GET") => send(method),
    async decide(decision, comment = "", formToken) {
      const form = formToken ?? formTokenOf((await send("GET")).html);
      return send("POST", new URLSearchParams({ form, decision, comment }));
    },
  };
}

export const formTokenOf = (html: string): string => /name="form" value="([^"]+)"/.exec(html)?.[1] ?? "";
