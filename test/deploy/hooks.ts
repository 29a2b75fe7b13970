import { createHmac, randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { far, type Scenarios } from "./stand.ts";

/** What other companies' systems send. */
export const hooks: Scenarios = (stand) => {
  it("completes promises by events of Stripe's and GitHub's, signed with secrets of Secrets Manager's, in either order", async () => {
    const { ask, deployed } = stand();
    const definition = { promiseId: { path: "$.promise" }, otherwise: "resolve" };
    const [stripe, github] = ["what Stripe signs with", "what GitHub signs with"];
    for (const [provider, secret] of Object.entries({ stripe, github })) {
      const made = await ask("PUT", `/hooks/${provider}/config`, {
        definition: { provider, ...definition },
        secrets: [secret],
      });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
    }
    const send = async (provider: string, body: string, headers: Record<string, string>) => {
      const response = await fetch(`${deployed.url}/hooks/${provider}`, { method: "POST", headers, body });
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
    expect((await ask("GET", "/hooks/github/kept")).body.count).toBe(0);
  });
};
