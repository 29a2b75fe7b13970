/** What each kind of request asks of a key, tried with keys that may do everything but that, or that alone. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Scope, scopes } from "#lib/core/index.ts";
import { everyStore } from "../support/stores.ts";
import { attempts } from "./attempts.ts";
import { type Answer, type Guarded, isForbidden, openGuarded } from "./guarded.ts";

const reads = /get|GET|HEAD|search/;
const writes = /^promise\.|POST \/promises|PATCH|\/links/;

function scopeOf(name: string): Scope {
  if (reads.test(name)) {
    return "read";
  }
  return writes.test(name) ? "write" : name.startsWith("task.") ? "task" : "schedule";
}

const searches: readonly (readonly [string, (guarded: Guarded, key: string) => Promise<Answer>])[] = [
  "promise.search",
  "task.search",
  "schedule.search",
].map((kind) => [kind, (guarded, key) => guarded.rpc(key, kind, {})]);

const operators: readonly (readonly [string, string])[] = [
  ["GET", "/messages?state=parked"],
  ["POST", "/messages/replay"],
  ["GET", "/endpoints"],
  ["POST", "/endpoints/ep_1/resume"],
  ["POST", `/messages/${Buffer.from('["poll://any@g","m"]').toString("base64url")}/replay`],
];

describe("A key", () => {
  let guarded: Guarded;
  beforeAll(async () => {
    guarded = await openGuarded();
  });
  afterAll(() => guarded.close());

  it.each([...attempts, ...searches])("with one scope alone is let in to %s or not", async (name, attempt) => {
    const allowed = [];
    for (const scope of scopes) {
      const key = await guarded.keyFor({ verbs: [scope] });
      allowed.push(...(isForbidden(await attempt(guarded, key, "x")) ? [] : [scope]));
    }
    expect(allowed).toEqual([scopeOf(name), "admin"]);
  });

  it.each(operators)("that is no administrator's is refused %s %s, whatever else it may", async (method, path) => {
    const key = await guarded.keyFor({ verbs: scopes.filter((scope) => scope !== "admin") });
    expect(isForbidden(await guarded.ask(key, method, path))).toBe(true);
    const admin = await guarded.keyFor({ verbs: ["admin"] });
    expect(isForbidden(await guarded.ask(admin, method, path))).toBe(false);
  });

  it.each(everyStore)("whose record says nothing of what it may do may do nothing, over %s", async (_, open) => {
    const guarded = await openGuarded({ open });
    const key = await guarded.keyFor({ verbs: [] });
    for (const [name, attempt] of attempts) {
      expect([name, isForbidden(await attempt(guarded, key, "x"))]).toEqual([name, true]);
    }
    guarded.close();
  });
});
