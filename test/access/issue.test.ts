/** Keys as an operator makes and ends them, by the script itself. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { authenticator } from "#lib/access/authenticate.ts";
import { issuer } from "#lib/access/issue.ts";
import { hashKey, idOfKey } from "#lib/access/keys.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { everyStore, freshTable, testClient } from "../support/stores.ts";

const run = promisify(execFile);

describe.each(everyStore)("Over %s, a key", (_, open) => {
  const terms = { name: "shop", prefix: "shop/", verbs: ["read", "task"] } as const;

  it("is made as asked, once, and listed with the others, oldest first", async () => {
    const { store, close } = await open();
    const keys = issuer(store);
    const { key, record } = await keys.create({ ...terms, expiresAt: 5_000 }, 2_000);
    expect(record).toEqual({ ...terms, expiresAt: 5_000, createdAt: 2_000, id: idOfKey(key), hash: hashKey(key) });
    const older = await keys.create(terms, 1_000);
    expect(await keys.list()).toEqual([older.record, record]);
    expect(JSON.stringify(await keys.list())).not.toContain(key.split("_").slice(2).join("_"));
    close();
  });

  it("is never made for nothing, which a store takes for everything", async () => {
    const { store, close } = await open();
    await expect(issuer(store).create({ ...terms, verbs: [] }, 1)).rejects.toThrow("for something");
    close();
  });

  it("is revoked once, and cannot be brought back by rotating it", async () => {
    const { store, close } = await open();
    const keys = issuer(store);
    const { record } = await keys.create(terms, 1_000);
    expect(await keys.revoke(record.id, 2_000)).toBe(true);
    expect(await keys.revoke(record.id, 3_000)).toBe(false);
    expect(await keys.revoke("nobody's", 3_000)).toBe(false);
    expect((await keys.list())[0]?.revokedAt).toBe(2_000);
    expect(await keys.rotate(record.id, 10, 4_000)).toBeUndefined();
    expect(await keys.rotate("nobody's", 10, 4_000)).toBeUndefined();
    expect(await keys.list()).toHaveLength(1);
    close();
  });

  it("is rotated without a moment in which neither the old nor the new one opens", async () => {
    const { store, close } = await open();
    const keys = issuer(store);
    const old = await keys.create({ ...terms, expiresAt: 101_000 }, 1_000);
    const fresh = await keys.rotate(old.record.id, 10_000, 50_000);
    expect(fresh?.record).toMatchObject({ ...terms, createdAt: 50_000, expiresAt: 150_000 });
    const opens = async (key: string | undefined, now: number) =>
      authenticator({ store })({ header: `Bearer ${key}` }, { now, token: "t", cost: { roundTrips: 0 } }).then(
        ({ prefix }) => prefix === "shop/",
        () => false,
      );
    const moments = [50_000, 59_999, 60_000, 149_999, 150_000];
    expect(await Promise.all(moments.map((now) => opens(old.key, now)))).toEqual([true, true, false, false, false]);
    expect(await Promise.all(moments.map((now) => opens(fresh?.key, now)))).toEqual([true, true, true, true, false]);
    close();
  });

  it("that ends before the overlap does is not made to last longer by rotating it", async () => {
    const { store, close } = await open();
    const keys = issuer(store);
    const old = await keys.create({ ...terms, expiresAt: 2_000 }, 1_000);
    await keys.rotate(old.record.id, 10_000, 1_500);
    expect((await keys.list())[0]?.expiresAt).toBe(2_000);
    close();
  });
});

describe("The script", () => {
  it("makes, lists, rotates and revokes keys, and prints each once", async () => {
    const client = testClient();
    const table = await freshTable(client);
    const store = dynamoStore({ client, table });
    const env = {
      ...process.env,
      TABLE_NAME: table,
      AWS_ENDPOINT_URL_DYNAMODB: inject("dynamoEndpoint"),
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
    const keys = (...args: string[]) => run(process.execPath, ["scripts/keys.ts", ...args], { env });
    const made = await keys(
      "create",
      "--name",
      "a shop",
      "--prefix",
      "shop/",
      "--verbs",
      "read,task",
      "--expires",
      "90d",
    );
    const key = made.stdout.trim();
    const id = idOfKey(key) as string;
    const record = await store.find({ of: "key", id }, { roundTrips: 0 });
    expect(record).toMatchObject({ hash: hashKey(key), name: "a shop", prefix: "shop/", verbs: ["read", "task"] });
    expect((record?.expiresAt ?? 0) - (record?.createdAt ?? 0)).toBe(90 * 86_400_000);

    const rotated = await keys("rotate", id, "--overlap", "1h");
    await keys("revoke", id);
    const { stdout } = await keys("list");
    expect(stdout).toMatch(new RegExp(`^${id}  revoked  read,task  "shop/"  until .*  "a shop"$`, "m"));
    expect(stdout).toMatch(new RegExp(`^${idOfKey(rotated.stdout.trim())}  in force`, "m"));
    expect(made.stderr + rotated.stderr + stdout).not.toMatch(/rsk_/);
    client.destroy();
  });

  it.each([
    [["create"], "--name"],
    [["create", "--name", "x", "--verbs", "all"], "read,write"],
    [["create", "--name", "x", "--expires", "soon"], "90d"],
    [["revoke", "nobody"], "TABLE_NAME"],
  ])("asked for %j, says what is missing", async (args, complaint) => {
    const { TABLE_NAME: _, ...env } = process.env;
    await expect(run(process.execPath, ["scripts/keys.ts", ...args], { env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(complaint),
    });
  });
});
