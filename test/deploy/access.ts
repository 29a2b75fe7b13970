import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, it } from "vitest";
import { far, type Scenarios, type Stand } from "./stand.ts";

const project = resolve(import.meta.dirname, "../..");

/** For so long a process remembers a key at most (`docs/access.md`). */
const rememberedMsMax = 60_000;

/** A request that was let in may be answered so much later, on a busy machine. */
const slackMs = 10_000;

/** What a key's owner may do, and when that ends. */
export function keys(stand: () => Stand) {
  let revokedAt = 0;
  let acceptedAt = 0;
  let isWatched = true;
  let watching: Promise<void> | undefined;
  let askAsShop = async (): Promise<number> => {
    throw new Error("there was no key to revoke");
  };

  it("lets a key do what its prefix and its scopes say, at every door, and revokes it", async () => {
    const prefix = `shop-${randomUUID()}/`;
    const { stdout } = await runKeys(stand(), "create", "--name", "shop", "--prefix", prefix, "--verbs", "read,write");
    const key = stdout.trim();
    const shop = stand().as(key);
    const [inside, outside] = [`${prefix}1`, `other-${randomUUID()}`];
    expect((await shop.ask("POST", "/promises", { id: inside, timeout: far })).status).toBe(201);
    expect((await shop.ask("POST", "/promises", { id: outside, timeout: far })).status).toBe(403);
    expect((await stand().ask("GET", `/promises/${outside}`)).status).toBe(404);
    expect((await shop.ask("GET", `/promises?id=${prefix}*`)).body.promises).toMatchObject([{ id: inside }]);
    expect((await shop.ask("GET", "/promises?id=*")).status).toBe(403);
    expect((await shop.call("promise.settle", { id: inside, state: "resolved" })).status).toBe(200);
    expect(await shop.call("promise.get", { id: outside })).toEqual({ status: 403, data: "Forbidden" });
    expect(await shop.call("task.get", { id: inside })).toEqual({ status: 404, data: "Task not found" });
    const born = { id: inside, timeoutAt: far, tags: { "resonate:target": "poll://any@g" } };
    const task = { pid: "w", ttl: 1_000, action: { kind: "", head: {}, data: born } };
    expect(await shop.call("task.create", task)).toEqual({ status: 403, data: "Forbidden" });
    const listening = await fetch(`${stand().deployed.url}/poll/g/w`, { headers: { authorization: `Bearer ${key}` } });
    expect(listening.status).toBe(403);

    await runKeys(stand(), "revoke", key.split("_")[1] ?? "");
    revokedAt = Date.now();
    askAsShop = async () => (await shop.ask("GET", `/promises/${inside}`)).status;
    watching = (async () => {
      for (; isWatched; await sleep(500)) {
        acceptedAt = (await askAsShop()) === 200 ? Date.now() : acceptedAt;
      }
    })();
    watching.catch(() => {});
  });

  return {
    /** To be asked a while later. */
    areOver: () =>
      it(
        "refuses a revoked key after the minute that it says, whichever process is asked",
        async () => {
          await sleep(Math.max(0, revokedAt + rememberedMsMax + slackMs - Date.now()));
          isWatched = false;
          await watching;
          expect(await Promise.all(Array.from({ length: 8 }, askAsShop))).toEqual(Array.from({ length: 8 }, () => 401));
          stand().say("a revoked key was last accepted", Math.max(0, acceptedAt - revokedAt));
          expect(acceptedAt - revokedAt).toBeLessThan(rememberedMsMax + slackMs);
        },
        2 * (rememberedMsMax + slackMs),
      ),
  };
}

const runKeys = ({ emulator, deployed }: Stand, ...command: string[]) =>
  promisify(execFile)(process.execPath, [join(project, "scripts/keys.ts"), ...command], {
    env: { ...emulator.environment, TABLE_NAME: deployed.outputs["TableName"] ?? "" },
  });

/** Somebody who issues tokens: what the stack is told of them, and a token. */
export interface Issuer {
  readonly context: Readonly<Record<string, string>>;
  sign(claims: object, audience?: string): Promise<string>;
  close(): void;
}

export async function openIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "ES256" };
  const server = createServer((_, outgoing) => outgoing.end(JSON.stringify({ keys: [jwk] }))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const context = { jwksUrl: `${issuer}/keys.json`, issuer, audience: "promises" };
  return {
    context,
    sign: (claims, audience = context.audience) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "ES256", kid: "one" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setExpirationTime("5m")
        .sign(privateKey),
    close: () => server.close(),
  };
}

/** Once the stack has been told of the issuer. */
export const tokens =
  (issuer: () => Issuer): Scenarios =>
  (stand) => {
    it("accepts an issuer's tokens, of their prefix, and no others", async () => {
      const prefix = `team-${randomUUID()}/`;
      const team = stand().as(await issuer().sign({ prefix }));
      expect((await team.ask("POST", "/promises", { id: `${prefix}1`, timeout: far })).status).toBe(201);
      expect((await team.ask("POST", "/promises", { id: "elsewhere", timeout: far })).status).toBe(403);
      expect((await team.call("promise.get", { id: `${prefix}1` })).status).toBe(200);
      const misled = stand().as(await issuer().sign({ prefix }, "another service"));
      expect((await misled.ask("GET", `/promises/${prefix}1`)).status).toBe(401);
      const other = await openIssuer();
      const forged = stand().as(await other.sign({ prefix, role: "admin", iss: issuer().context["issuer"] }));
      other.close();
      expect((await forged.ask("GET", `/promises/${prefix}1`)).status).toBe(401);
    });
  };
