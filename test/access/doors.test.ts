/**
 * The doors, as somebody finds them who has no credential, or two, or brings one in the wrong place.
 */

import { afterEach, describe, expect, it } from "vitest";
import { toJwtOptions } from "#lib/access/jwt-options.ts";
import { newKey } from "#lib/access/keys.ts";
import type { Debug } from "#lib/ports/debug.ts";
import { attempts } from "./attempts.ts";
import { bearer, type Guarded, type GuardedOptions, openGuarded } from "./guarded.ts";

const closing: Guarded[] = [];
afterEach(() => {
  for (const guarded of closing.splice(0)) {
    guarded.close();
  }
});

async function guard(options?: GuardedOptions): Promise<Guarded> {
  const guarded = await openGuarded(options);
  closing.push(guarded);
  return guarded;
}

describe("Without a credential", () => {
  // Whoever has a link needs no other credential; of this one, nobody knows.
  const open = ["GET /health", "GET /docs", "GET /openapi.json", "GET /links/x", "POST /links/x"];

  it("nothing is answered but what is open, on any route there is", async () => {
    const { ask, routes } = await guard();
    const paths = routes.map(({ method, path }) => [
      method,
      path.replace(/:id\{\.\+\}|:\w+/g, "x").replaceAll("*", "x"),
    ]);
    const answered: string[] = [];
    for (const [method = "", path = ""] of [...paths, ["GET", "/metrics"], ["GET", "/no/such/route"]]) {
      for (const each of method === "ALL" ? ["GET", "POST", "DELETE", "OPTIONS", "HEAD"] : [method]) {
        const { status } = await ask(undefined, each, path);
        // An RPC request without an envelope is none, whoever sends it.
        if (status !== 401 && !(each === "POST" && path === "/" && status === 400)) {
          answered.push(`${each} ${path}`);
        }
      }
    }
    expect([...new Set(answered)].filter((route) => !route.startsWith("HEAD ")).sort()).toEqual(open.toSorted());
    expect(paths.length).toBeGreaterThan(15);
  });

  it.each(["/health/", "//health", "/HEALTH", "/%68ealth", "/health%2F", "/health/../promises", "/docs/", "/docs%00"])(
    "%s is not open because of what it looks like",
    async (path) => {
      const { ask } = await guard();
      expect((await ask(undefined, "GET", path)).status).toBe(401);
    },
  );

  it("the description is closed where the service is told so, and health is open still", async () => {
    const { ask } = await guard({ access: { isDescriptionClosed: true } });
    expect((await ask(undefined, "GET", "/docs")).status).toBe(401);
    expect((await ask(undefined, "GET", "/openapi.json")).status).toBe(401);
    expect((await ask(undefined, "GET", "/health")).status).toBe(200);
  });

  it.each(attempts)("%s is refused before anything else is said", async (_, attempt) => {
    const guarded = await guard();
    expect((await attempt(guarded, "rsk_no", "x")).status).toBe(401);
    expect((await attempt(guarded, "", "x")).status).toBe(401);
  });

  it("a refusal has its door's form, and says what is needed", async () => {
    const guarded = await guard();
    const rest = await guarded.ask(undefined, "GET", "/promises/p");
    expect(rest.body).toEqual({
      error: { code: 40100, message: "a credential is needed, or this one is not accepted", details: [] },
    });
    const rpc = await guarded.rpc(undefined, "promise.get", { id: "p" });
    expect(rpc.body).toEqual({
      kind: "promise.get",
      head: { corrId: "c", status: 401, version: "2026-04-01" },
      data: "Unauthorized",
    });
    const poll = await guarded.ask(undefined, "GET", "/poll/g/w");
    expect(poll.text).toBe("Unauthorized");
    for (const { status, headers } of [rest, rpc, poll]) {
      expect({ status, challenge: headers.get("www-authenticate") }).toEqual({ status: 401, challenge: "Bearer" });
    }
  });
});

const get = { id: "p" };

describe("A credential", () => {
  it("is taken from the header or from the envelope, and from both where they agree", async () => {
    const { keyFor, rpc } = await guard();
    const key = await keyFor();
    expect((await rpc(key, "promise.get", get)).status).toBe(404);
    expect((await rpc(undefined, "promise.get", get, bearer(key))).status).toBe(404);
    expect((await rpc("", "promise.get", get, bearer(key))).status).toBe(404);
    expect((await rpc(key, "promise.get", get, bearer(key))).status).toBe(404);
  });

  it("is refused where the header has another than the envelope, though both are good", async () => {
    const { keyFor, rpc } = await guard();
    const [one, other] = [await keyFor(), await keyFor()];
    expect((await rpc(one, "promise.get", get, bearer(other))).status).toBe(401);
    expect((await rpc(one, "promise.get", get, bearer("rsk_no"))).status).toBe(401);
    expect((await rpc("rsk_no", "promise.get", get, bearer(one))).status).toBe(401);
    expect((await rpc(one, "promise.get", get, { authorization: "Basic eDp5" })).status).toBe(401);
    expect((await rpc(one, "promise.get", get, { authorization: "" })).status).toBe(401);
  });

  it.each([
    ["bearer KEY", 404],
    ["BEARER KEY", 404],
    ["Bearer   KEY", 404],
    ["KEY", 401],
    ["BearerKEY", 401],
    ["Basic KEY", 401],
    ["Bearer KEY, Bearer KEY", 401],
    ["Bearer KEY KEY", 401],
    ["Bearer 'KEY'", 401],
    ["Bearer", 401],
  ])("that comes as %j is taken or not: %i", async (header, status) => {
    const { keyFor, fetch } = await guard();
    const authorization = header.replaceAll("KEY", await keyFor());
    expect((await fetch("/promises/p", { headers: { authorization } })).status).toBe(status);
  });

  it("is taken from nowhere else", async () => {
    const { keyFor, fetch } = await guard();
    const key = await keyFor();
    for (const path of [`/promises/p?token=${key}`, `/promises/p?authorization=Bearer%20${key}`]) {
      expect((await fetch(path, { headers: { cookie: `token=${key}`, "x-api-key": key } })).status).toBe(401);
    }
  });

  it("of any length is refused in no time", async () => {
    const { rpc } = await guard({ jwt: toJwtOptions({ jwksUrl: "http://127.0.0.1:1/", issuer: "i", audience: "a" }) });
    const long = "a".repeat(300_000);
    expect((await rpc(`${long}.${long}.${long}`, "promise.get", get)).status).toBe(401);
    expect((await rpc(`rsk_${long}`, "promise.get", get)).status).toBe(401);
  });

  it("is not asked for again of a caller that the platform has let in", async () => {
    const letIn = (platform: unknown) =>
      (platform as { rawPath?: string }).rawPath === "/promises/signed"
        ? { principal: "iam:x", isAdmin: false, prefix: "signed" }
        : undefined;
    const { ask } = await guard({ access: { letIn } });
    expect((await ask(undefined, "GET", "/promises/signed")).status).toBe(404);
    expect((await ask(undefined, "GET", "/promises/other")).status).toBe(401);
  });
});

describe("The RPC door", () => {
  const broken = "not an envelope";

  it("says what is wrong with an envelope before it asks who sends it, since that stands in it", async () => {
    const { fetch } = await guard();
    expect((await fetch("/", { method: "POST", body: broken })).status).toBe(400);
  });

  it("asks who sends a request before it says anything of its kind or of what is wrong with it", async () => {
    const { keyFor, rpc } = await guard();
    expect((await rpc(undefined, "no.such.kind", {})).status).toBe(401);
    expect((await rpc(undefined, "debug.reset", {})).status).toBe(401);
    expect((await rpc(undefined, "promise.get", {})).status).toBe(401);
    const key = await keyFor({ prefix: "mine/" });
    expect((await rpc(key, "no.such.kind", {})).body.data).toBe("Forbidden");
    expect((await rpc(key, "debug.reset", {})).body.data).toBe("Forbidden");
    expect((await rpc(key, "task.acquire", { id: "theirs" })).body.data).toBe("Forbidden");
  });

  it("lets a request without an id pass, to be told that it has none", async () => {
    const { keyFor, rpc } = await guard();
    const key = await keyFor({ prefix: "mine/" });
    expect((await rpc(key, "promise.get", {})).status).toBe(400);
    expect((await rpc(key, "promise.get", { id: 7 })).status).toBe(400);
  });

  it("tells of an unknown kind whoever may name every id, and of debugging administrators alone", async () => {
    const { keyFor, rpc } = await guard();
    expect((await rpc(await keyFor(), "no.such.kind", {})).status).toBe(400);
    expect((await rpc(await keyFor(), "debug.snap", {})).body.data).toBe("Forbidden");
    const admin = await keyFor({ verbs: ["admin"] });
    expect((await rpc(admin, "no.such.kind", {})).status).toBe(400);
    expect((await rpc(admin, "debug.snap", {})).body.data).toBe("Debug operations are disabled");
  });
});

describe("The clock, where it can be set,", () => {
  it("is set by administrators, and goes on for everybody else", async () => {
    const set: number[] = [];
    const debug = { at: (now: number) => set.push(now), idle: async () => {}, reset: async () => {} };
    const { keyFor, fetch, rpc } = await guard({ debug: debug as unknown as Debug });
    const ask = async (auth: string, moment: number) =>
      fetch("/", {
        method: "POST",
        body: JSON.stringify({
          kind: "promise.get",
          head: { corrId: "c", version: "2026-04-01", auth, "resonate:debug_time": moment },
          data: get,
        }),
      });
    await ask(await keyFor(), 1);
    await ask(await keyFor({ verbs: ["admin"] }), 2);
    expect(set).toEqual([2]);
    expect((await rpc(await keyFor(), "debug.reset", {})).body.data).toBe("Forbidden");
    expect((await rpc(await keyFor({ verbs: ["admin"] }), "debug.reset", {})).status).toBe(200);
  });
});

describe("The log", () => {
  it("says who asked, and never with what", async () => {
    const guarded = await guard({ adminHashes: [newKey().hash] });
    const key = await guarded.keyFor({ prefix: "mine/" });
    const unknown = newKey().key;
    const [, , secret = ""] = key.split(/_(?=.{16}_|.{43}$)/);
    const tokens = [key, unknown, "a.b.c", "rsk_short_but_mine"];
    for (const token of tokens) {
      for (const [, attempt] of attempts) {
        const { text, headers } = await attempt(guarded, token, "theirs");
        expect(text + JSON.stringify([...headers])).not.toContain(token);
      }
      await guarded.rpc(token, token, { id: token }, bearer(token));
      await guarded.ask(token, "GET", "/no/route");
    }
    const log = guarded.lines.join("");
    for (const token of [...tokens.slice(0, 2), secret, "rsk_short"]) {
      expect(log).not.toContain(token);
    }
    expect(secret).toHaveLength(43);
    expect(log).not.toMatch(/Bearer|rsk_/i);
    expect(log).toContain(`"principal":"key:${key.split("_")[1]}"`);
    expect(guarded.lines.length).toBeGreaterThan(100);
  });

  it("has no credential in it when something breaks, either", async () => {
    const guarded = await guard({
      around: (store) => ({
        ...store,
        find: async ({ of, id }) => {
          throw new Error(`no ${of} for ${id}`);
        },
      }),
    });
    const key = await guarded.keyFor();
    expect((await guarded.ask(key, "GET", "/promises/p")).status).toBe(500);
    expect((await guarded.rpc(key, "promise.get", { id: "p" })).status).toBe(500);
    expect(guarded.lines.join("")).toContain('"level":"error"');
    expect(guarded.lines.join("")).not.toContain(key.slice(4, 20));
  });
});
