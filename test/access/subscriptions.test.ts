/** Standing subscriptions where access is controlled: none reaches further than its maker, who sees no other's. */

import { expect, it } from "vitest";
import { logged, type Message } from "#lib/core/index.ts";
import { everyStore } from "../support/stores.ts";
import { openGuarded } from "./guarded.ts";

const wish = { url: "https://books.example" };

it("Who may not read and write what a subscription asks for neither makes nor sees it", async () => {
  const guarded = await openGuarded();
  const [mine, theirs] = [await guarded.keyFor({ prefix: "mine/" }), await guarded.keyFor({ prefix: "theirs/" })];
  const [reader, writer] = [
    await guarded.keyFor({ prefix: "mine/", verbs: ["read"] }),
    await guarded.keyFor({ prefix: "mine/", verbs: ["write"] }),
  ];
  for (const prefix of ["", "mine", "theirs/", "mine0/"]) {
    expect((await guarded.ask(mine, "PUT", "/subscriptions/x", { ...wish, prefix })).status, prefix).toBe(403);
  }
  for (const key of [reader, writer]) {
    expect((await guarded.ask(key, "PUT", "/subscriptions/x", wish)).status).toBe(403);
  }
  const made = await guarded.ask(mine, "PUT", "/subscriptions/s", wish);
  expect([made.status, made.body.prefix]).toEqual([201, "mine/"]);
  const own: [string, string, object?][] = [["GET", "/subscriptions/s"]];
  const changes: [string, string, object?][] = [
    ["POST", "/subscriptions/s/secrets"],
    ["DELETE", "/subscriptions/s/secrets?id=x"],
    ["POST", "/subscriptions/s/pause"],
    ["POST", "/subscriptions/s/resume"],
    ["PUT", "/subscriptions/s", { ...wish, version: 1 }],
    ["DELETE", "/subscriptions/s"],
  ];
  for (const [method, path, body] of [...own, ...changes]) {
    expect((await guarded.ask(undefined, method, path, body)).status, `${method} ${path}`).toBe(401);
    const unknown = await guarded.ask(theirs, method, path.replace("subscriptions/s", "subscriptions/no-such"), body);
    const other = await guarded.ask(theirs, method, path, body);
    expect([other.status, other.text], `${method} ${path}`).toEqual([404, unknown.text]);
  }
  expect((await guarded.ask(theirs, "PUT", "/subscriptions/s", wish)).status).toBe(409);
  expect((await guarded.ask(theirs, "GET", "/subscriptions")).body).toEqual({ subscriptions: [] });
  expect((await guarded.ask(mine, "GET", "/subscriptions")).body.subscriptions).toHaveLength(1);
  for (const [method, path, body] of changes) {
    expect((await guarded.ask(reader, method, path, body)).status, `${method} ${path}`).toBe(403);
  }
  expect((await guarded.ask(reader, "GET", "/subscriptions/s")).status).toBe(200);
  const text = JSON.stringify(await guarded.ask(reader, "GET", "/subscriptions/s")) + guarded.lines.join("");
  expect(text).not.toContain(made.body.secret);
  guarded.close();
});

it("An administrator who changes a subscription does not have it reach further by saying nothing of that", async () => {
  const guarded = await openGuarded();
  const [mine, admin] = [
    await guarded.keyFor({ prefix: "mine/" }),
    await guarded.keyFor({ verbs: ["admin"], prefix: "" }),
  ];
  await guarded.ask(mine, "PUT", "/subscriptions/s", wish);
  const changed = await guarded.ask(admin, "PUT", "/subscriptions/s", { ...wish, version: 1 });
  expect([changed.status, changed.body.prefix]).toEqual([200, "mine/"]);
  guarded.close();
});

it.each(everyStore)(
  "Over %s, the log of deliveries tells nobody of subscriptions that reach further than he does",
  async (_, open) => {
    const guarded = await openGuarded({ open });
    const cost = { roundTrips: 0 };
    const send = async (name: string | undefined, reach?: string) => {
      const address = `https://hooks.example/${name}/secret`;
      const message: Message = {
        id: `m-${name}-${reach}`,
        mailbox: "m",
        kind: "event",
        ...(name !== undefined && { subscription: name }),
        address,
        promiseId: "shop/1",
        createdAt: 1,
        attempts: 0,
      };
      await guarded.store.attempt(
        logged(message.id, message, { reach, became: "delivered", now: guarded.clock.now }),
        cost,
      );
    };
    await send(undefined);
    await send("everything", "");
    await send("wider", "sho");
    await send("other", "offer/");
    await send("older");
    await send("shop", "shop/");
    await send("narrower", "shop/1");
    const seen = async (key: string) => {
      const { body } = await guarded.ask(key, "GET", "/deliveries?promiseId=shop/1");
      return body.deliveries.map(({ subscription }: { subscription?: string }) => subscription ?? "a listener").sort();
    };
    const read = ["read"] as const;
    expect(await seen(await guarded.keyFor({ prefix: "shop/", verbs: read }))).toEqual([
      "a listener",
      "narrower",
      "shop",
    ]);
    const all = ["a listener", "everything", "narrower", "older", "other", "shop", "wider"];
    expect(await seen(await guarded.keyFor({ verbs: read }))).toEqual(all);
    expect(await seen(await guarded.keyFor({ verbs: ["admin"] }))).toEqual(all);
    guarded.close();
  },
);
