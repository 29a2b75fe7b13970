/**
 * Goal: whoever only opens something changes nothing: mail scanners, previews, crawlers. Method: every GET route that
 * there is, and every form of a link, is asked by GET and HEAD, through a store that tells of each attempt to write.
 */

import { hash } from "node:crypto";
import { expect, it } from "vitest";
import type { Store } from "#lib/ports/store.ts";
import { openDoor } from "../support/door.ts";
import { formTokenOf, later, linkTo } from "../support/links.ts";
import { everyStore } from "../support/stores.ts";

it.each(everyStore)("a GET or HEAD of any route writes nothing to %s", async (_, open) => {
  const written: string[] = [];
  const watched = async () => {
    const { store, close } = await open();
    const telling = (name: "attempt" | "transact") => (writes: never, cost: never) => {
      written.push(name);
      return store[name](writes, cost);
    };
    return { close, store: { ...store, attempt: telling("attempt"), transact: telling("transact") } as Store };
  };
  const door = await openDoor(watched);
  const pending = await linkTo(door, "a/b");
  const [decided, revoked, overdue, ended] = [
    await linkTo(door, "decided"),
    await linkTo(door, "revoked"),
    await linkTo(door, "overdue", {}, door.clock.now + 1_000),
    await linkTo(door, "ended", { expiresOn: door.clock.now + 1_000 }),
  ];
  await decided.decide("resolve");
  await door.ask("DELETE", `/links?promiseId=revoked&id=${revoked.id}`);
  const meta = await door.ask("PUT", "/hooks/meta/config", {
    definition: {
      provider: "meta",
      verifyTokenSha256: hash("sha256", "the verify token"),
      promiseId: { path: "$.id" },
      otherwise: "resolve",
    },
    secrets: ["a secret of sixteen and more"],
  });
  expect(meta.status, JSON.stringify(meta.body)).toBe(201);
  const form = formTokenOf((await pending.open()).html);
  door.clock.now += 1_000;

  const links = [pending, decided, revoked, overdue, ended].flatMap(({ path }) => [
    path,
    `${path}?decision=resolve&form=${form}&comment=x`,
    `${path}?_method=POST&method=post`,
    `${path}/`,
    `${path}/resolve`,
    `${path}%00`,
    path.toUpperCase(),
    `/${path}`,
  ]);
  const routes = door.routes
    .filter(({ method, path }) => ["GET", "ALL"].includes(method) && !path.includes("*"))
    .map(({ path }) => path.replace(/:id\b/, "a%2Fb").replace(/:\w+(\{[^}]*\})?/g, "x"));
  expect(routes).toContain("/promises/a%2Fb");
  const queries = ["", "?id=*", "?promiseId=a/b&id=0001", "?id=a/b", `?decision=resolve&form=${form}`];
  const challenge = "hub.mode=subscribe&hub.challenge=42&hub.verify_token=the+verify+token";
  const hooks = [`/hooks/meta?${challenge}`, "/hooks/meta", "/hooks/other", `/hooks/other?${challenge}`];
  expect(await (await door.send(hooks[0] ?? "", { method: "GET" })).text()).toBe("42");
  written.length = 0;
  for (const path of [...links, ...hooks, ...routes.flatMap((route) => queries.map((query) => route + query))]) {
    for (const method of ["GET", "HEAD"]) {
      await (await door.send(path, { method })).text();
      expect(written, `${method} ${path}`).toEqual([]);
    }
  }
  expect((await door.ask("GET", "/promises/a%2Fb")).body).toMatchObject({ state: "PENDING", timeout: later });
  expect((await pending.decide("resolve")).status).toBe(303);
  expect(written).not.toEqual([]);
  door.close();
});
