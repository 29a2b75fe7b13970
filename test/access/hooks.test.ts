/** Hooks where access is controlled: a provider shows its signature and nothing else, and completes what its maker may. */

import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { later } from "../support/links.ts";
import { type Guarded, openGuarded } from "./guarded.ts";

const secret = "a secret of sixteen and more";
const definition = {
  provider: "hmac",
  hmac: { header: "x-signature" },
  promiseId: { path: "$.promise" },
  otherwise: "resolve",
};
const hook = { definition, secrets: [secret] };

function send(guarded: Guarded, name: string, event: object, by = secret): Promise<Response> {
  const body = JSON.stringify(event);
  const headers = { "x-signature": createHmac("sha256", by).update(body).digest("hex") };
  return guarded.fetch(`/hooks/${name}`, { method: "POST", headers, body });
}

it("A hook completes what its maker may name, and nothing else, whoever its events name", async () => {
  const guarded = await openGuarded();
  const [mine, admin] = [
    await guarded.keyFor({ prefix: "mine/" }),
    await guarded.keyFor({ verbs: ["admin"], prefix: "" }),
  ];
  const all = await guarded.keyFor();
  for (const id of ["mine/1", "theirs/1"]) {
    await guarded.ask(all, "POST", "/promises", { id, timeout: later });
  }
  const made = await guarded.ask(mine, "PUT", "/hooks/h/config", hook);
  expect([made.status, made.body.prefix]).toEqual([201, "mine/"]);
  const event = (promise: string) => send(guarded, "h", { promise });
  expect(await (await event("theirs/1")).json()).toEqual({ outcome: "unusable" });
  expect(await (await event("mine/1")).json()).toEqual({ outcome: "settled" });
  expect((await guarded.ask(all, "GET", "/promises/theirs/1")).body.state).toBe("PENDING");
  expect((await guarded.ask(all, "GET", "/promises/mine/1")).body.state).toBe("RESOLVED");
  // An administrator who changes it does not have it reach further by saying nothing of that.
  const changed = await guarded.ask(admin, "PUT", "/hooks/h/config", { definition, version: 1 });
  expect([changed.status, changed.body.prefix]).toEqual([200, "mine/"]);
  guarded.close();
});

it("Who may not complete what a hook reaches neither makes nor sees it, nor tries it out", async () => {
  const guarded = await openGuarded();
  const [mine, theirs] = [await guarded.keyFor({ prefix: "mine/" }), await guarded.keyFor({ prefix: "theirs/" })];
  const reader = await guarded.keyFor({ prefix: "mine/", verbs: ["read"] });
  const dry = { headers: {}, body: "{}" };
  for (const prefix of ["", "mine", "theirs/", "mine0/"]) {
    expect((await guarded.ask(mine, "PUT", "/hooks/x/config", { ...hook, prefix })).status, prefix).toBe(403);
  }
  expect((await guarded.ask(mine, "PUT", "/hooks/h/config", { ...hook, prefix: "mine/too/" })).status).toBe(201);
  const own: [string, string, object?][] = [
    ["GET", "/hooks/h/config"],
    ["GET", "/hooks/h/events"],
    ["GET", "/hooks/h/kept"],
    ["POST", "/hooks/h/dry-run", dry],
  ];
  const changes: [string, string, object?][] = [
    ["POST", "/hooks/h/secrets", { secret: "another of sixteen and more" }],
    ["DELETE", "/hooks/h/secrets?id=x"],
    ["PUT", "/hooks/h/config", { definition, version: 1 }],
    ["DELETE", "/hooks/h/config"],
  ];
  for (const [method, path, body] of [...own, ...changes]) {
    expect((await guarded.ask(undefined, method, path, body)).status, `${method} ${path}`).toBe(401);
    const unknown = await guarded.ask(theirs, method, path.replace("/h/", "/no-such/"), body);
    expect((await guarded.ask(theirs, method, path, body)).text, `${method} ${path}`).toBe(unknown.text);
  }
  expect((await guarded.ask(theirs, "PUT", "/hooks/h/config", hook)).status).toBe(409);
  expect((await guarded.ask(theirs, "GET", "/hooks")).body).toEqual({ hooks: [] });
  expect((await guarded.ask(mine, "GET", "/hooks")).body.hooks).toHaveLength(1);
  for (const [method, path, body] of changes) {
    expect((await guarded.ask(reader, method, path, body)).status, `${method} ${path}`).toBe(403);
  }
  for (const [method, path, body] of own) {
    expect((await guarded.ask(reader, method, path, body)).status, `${method} ${path}`).toBe(200);
  }
  guarded.close();
});

it("A secret is in no answer and no line of the log; an unknown hook and a wrong signature are one answer", async () => {
  const guarded = await openGuarded();
  const key = await guarded.keyFor();
  const next = "the secret that comes after";
  const answers = [
    await guarded.ask(key, "PUT", "/hooks/h/config", hook),
    await guarded.ask(key, "PUT", "/hooks/h/config", hook),
    await guarded.ask(key, "POST", "/hooks/h/secrets", { secret: next, overlapMs: 1_000 }),
    await guarded.ask(key, "POST", "/hooks/h/secrets", { secret: "short" }),
    await guarded.ask(key, "GET", "/hooks/h/config"),
    await guarded.ask(key, "GET", "/hooks"),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 201, 400, 200, 200]);
  const forged = await send(guarded, "h", { promise: "p" }, "somebody else's secret");
  const unknown = await send(guarded, "no-such-hook", { promise: "p" });
  expect([forged.status, unknown.status]).toEqual([401, 401]);
  expect(await forged.text()).toBe(await unknown.text());
  const headersOf = ({ headers }: Response) => [...headers].filter(([name]) => name !== "request-id");
  expect(headersOf(forged)).toEqual(headersOf(unknown));
  const shown = answers.map(({ text }) => text).join("") + guarded.lines.join("");
  for (const each of [secret, next]) {
    expect(shown).not.toContain(each);
  }
  expect((await guarded.ask(key, "GET", "/hooks/h/events")).body.events).toMatchObject([
    { outcome: "refused", reason: "signatureWrong" },
  ]);
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    expect((await guarded.ask(undefined, method, "/hooks/h")).status, method).toBe(401);
  }
  guarded.close();
});
