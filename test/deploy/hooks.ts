import { execFile } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { post, signedBySlack, signedByStripe, slackSecret, stripeSecret } from "../examples/providers.ts";
import { far, type Scenarios } from "./stand.ts";

const patterns = resolve(import.meta.dirname, "../../examples/patterns");

/** What other companies' systems send. */
export const hooks: Scenarios = (stand) => {
  it("completes promises by events of Stripe's and GitHub's, signed with secrets of Secrets Manager's, in either order", async () => {
    const { ask, deployed } = stand();
    const definition = { promiseId: { path: "$.promise" }, otherwise: "resolve" };
    const [stripe, github] = ["what Stripe signs with", "what GitHub signs with"];
    for (const [provider, secret] of Object.entries({ stripe, github })) {
      const made = await ask("PUT", `/hooks/own-${provider}/config`, {
        definition: { provider, ...definition },
        secrets: [secret],
      });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
    }
    const send = async (provider: string, body: string, headers: Record<string, string>) => {
      const response = await fetch(`${deployed.url}/hooks/own-${provider}`, { method: "POST", headers, body });
      return [response.status, ((await response.json()) as { outcome?: string }).outcome];
    };

    const paid = `paid/${randomUUID()}`;
    await ask("POST", "/promises", { id: paid, timeout: far });
    const payment = JSON.stringify({ id: "evt_1", type: "paid", promise: paid });
    const at = Math.floor(Date.now() / 1_000);
    const signature = createHmac("sha256", stripe).update(`${at}.${payment}`).digest("hex");
    const stripeHeaders = { "stripe-signature": `t=${at},v1=${signature}` };
    expect(await send("stripe", payment, stripeHeaders)).toEqual([200, "settled"]);
    expect(await send("stripe", payment, stripeHeaders)).toEqual([200, "duplicate"]);
    expect(await send("stripe", `${payment} `, stripeHeaders)).toEqual([401, undefined]);

    const pushed = `pushed/${randomUUID()}`;
    const push = JSON.stringify({ promise: pushed, text: "ü" });
    const headers = {
      "x-hub-signature-256": `sha256=${createHmac("sha256", github).update(push).digest("hex")}`,
      "x-github-event": "push",
      "x-github-delivery": randomUUID(),
    };
    expect(await send("github", push, headers)).toEqual([200, "kept"]);
    await ask("POST", "/promises", { id: pushed, timeout: far });
    await expect
      .poll(async () => (await ask("GET", `/promises/${pushed}`)).body, { timeout: 90_000, interval: 200 })
      .toMatchObject({ state: "RESOLVED", value: { data: push } });
    expect((await ask("GET", "/hooks/own-github/kept")).body.count).toBe(0);
  });

  it("are made by the scripts of the patterns, for payments and for buttons in a chat", async () => {
    const { ask, deployed } = stand();
    const script = (name: string, secret: Readonly<Record<string, string>>) =>
      promisify(execFile)("bash", [join(patterns, name)], {
        env: { ...process.env, ...secret, RESONATE_URL: deployed.url, RESONATE_TOKEN: deployed.key },
      });
    await script("payment-hook.sh", { STRIPE_WEBHOOK_SECRET: stripeSecret });
    await script("chat-hook.sh", { SLACK_SIGNING_SECRET: slackSecret });
    const [order, release] = [`order-${randomUUID()}:0`, `release-${randomUUID()}:0`];
    for (const id of [order, release]) {
      expect((await ask("POST", "/promises", { id, timeout: far })).status).toBe(201);
    }
    const session = { id: "cs_1", payment_status: "paid", metadata: { promise: order } };
    const paid = { id: "evt_1", object: "event", type: "checkout.session.completed", data: { object: session } };
    expect(await post(`${deployed.url}/hooks/stripe`, ...signedByStripe(paid))).toBe(200);
    const actions = [{ action_id: "refuse", value: release }];
    const press = { type: "block_actions", trigger_id: "1", user: { id: "U1", username: "ada" }, actions };
    const [body, headers] = signedBySlack(press);
    const forged = { ...headers, "x-slack-signature": `v0=${"0".repeat(64)}` };
    expect(await post(`${deployed.url}/hooks/slack`, body, forged)).toBe(401);
    expect(await post(`${deployed.url}/hooks/slack`, body, headers)).toBe(200);
    const states = [order, release].map(async (id) => (await ask("GET", `/promises/${id}`)).body.state);
    expect(await Promise.all(states)).toEqual(["RESOLVED", "REJECTED"]);
  });

  it("take so many events in a minute, whichever process is asked", async () => {
    const { ask, deployed } = stand();
    const secret = "what GitHub signs with";
    const definition = { provider: "github", promiseId: { path: "$.promise" }, otherwise: "resolve" };
    const limit = 3;
    const terms = { definition, secrets: [secret], eventsPerMinuteMax: limit };
    const made = await ask("PUT", "/hooks/limited/config", terms);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const body = JSON.stringify({ promise: "p" });
    const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
    const headers = { "x-hub-signature-256": signature, "x-github-event": "push" };
    const sendAll = () =>
      Promise.all(Array.from({ length: 12 }, () => post(`${deployed.url}/hooks/limited`, body, headers)));
    // Where a minute turns meanwhile, a second one's are let in as well.
    const began = Math.floor(Date.now() / 60_000);
    const statuses = await sendAll();
    const minutes = Math.floor(Date.now() / 60_000) - began + 1;
    const count = (status: number) => statuses.filter((each) => each === status).length;
    expect(count(200)).toBeGreaterThanOrEqual(limit);
    expect(count(200)).toBeLessThanOrEqual(limit * minutes);
    expect(count(429)).toBe(statuses.length - count(200));
  });
};
