/**
 * The examples of docs/patterns and docs/ids-and-versions.md: each page's promise, kept by its own scripts.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { freePort } from "../support/engine.ts";
import { formTokenOf } from "../support/links.ts";
import { post, provider, signedBySlack, signedByStripe, slackSecret, stripeSecret } from "./providers.ts";
import { kept, playing } from "./scripts.ts";

describe.concurrent("The pattern of", () => {
  it(
    "retries tries a step again as its policy says, and makes up for one that fails for good",
    playing(async (run) => {
      expect(await run("patterns/retries.ts", "order-1").ended()).toBe(
        [
          "charge order-1, attempt 1",
          "charge order-1, attempt 2",
          "charge order-1, attempt 3",
          "pay order-1 back",
          "paid back: nothing of order-1 is in stock\n",
        ].join("\n"),
      );
    }),
  );

  it(
    "fan-out spreads an album over all workers of the group",
    playing(async (run) => {
      const workers = [1, 2, 3].map(() => run("patterns/encoder.ts"));
      let shares: number[] = [];
      // Workers count from when they are connected, which they do not tell.
      for (let album = 1; shares.length < workers.length && album <= 20; album++) {
        const said = await run("patterns/fan-out.ts", `album-${album}`, "30").ended();
        shares = [...said.matchAll(/^worker \d+: (\d+) tracks$/gm)].map(([, count]) => Number(count));
        expect(shares.reduce((sum, share) => sum + share)).toBe(30);
      }
      expect(shares).toHaveLength(workers.length);
    }),
  );

  it(
    "schedules runs a function at each moment, under an id with the moment in it",
    playing(async (run, url) => {
      const worker = run("patterns/reports.ts", "reports", "* * * * * *");
      await worker.says(/(report of songs: reports-\d+000\n){3}/);
      const moments = [...worker.said().matchAll(/reports-(\d+)/g)].map(([, moment]) => Number(moment));
      expect(new Set(moments).size).toBe(moments.length);
      expect((await fetch(`${url}/schedules/reports`, { method: "DELETE" })).status).toBe(204);
    }),
  );

  it(
    "schedules names moments in the time of a place",
    playing(async (run) => {
      const said = await run("patterns/schedule.sh").ended();
      const [created, read] = said
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(read).toEqual(created);
      const inVienna = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Vienna", timeStyle: "short" });
      expect(inVienna.format(created.nextRunTime)).toBe("08:00");
    }),
  );

  it(
    "schedules starts with curl what a worker runs",
    playing(async (run, url) => {
      const said = await run("patterns/schedule.sh").ended();
      const { promiseParam: param, promiseTags: tags } = JSON.parse(said.split("\n")[0] ?? "");
      const worker = run("patterns/reports.ts");
      const body = { id: "reports-by-hand", timeout: Date.now() + 60_000, param, tags };
      await fetch(`${url}/promises`, { method: "POST", body: JSON.stringify(body) });
      await worker.says(/report of songs: reports-by-hand\n/);
    }),
  );

  it(
    "notifications posts a promise's end to whoever asked for it",
    playing(async (run) => {
      const receiver = run("patterns/receiver.ts");
      const url = (await receiver.says(/http:\S+/)) ?? "";
      await run("patterns/subscribe.sh", url, "download/1").ended();
      for (const _ of ["once", "again"]) {
        await run("patterns/subscribe.sh", url).ended();
      }
      await receiver.says(/^unblock: download\/1 is resolved$/m);
      expect(await run("patterns/replay.sh").ended()).toBe(
        '{"messages":[],"cursor":null}\n{"replayed":0,"cursor":null}\n',
      );
    }),
  );

  it(
    "standing subscriptions tells bookkeeping of each order, when it is made and when it is complete",
    playing(async (run, url) => {
      const order = async (id: string) => {
        await fetch(`${url}/promises`, { method: "POST", body: JSON.stringify({ id, timeout: 4_102_444_800_000 }) });
        await fetch(`${url}/promises/${id}`, { method: "PATCH", body: '{"state": "RESOLVED"}' });
      };
      const books = run("patterns/bookkeeping.ts", String(await freePort()));
      await books.says(/told of all orders/);
      await order("order/1");
      await order("offer/1");
      await books.says(/^promise.resolved order\/1$/m);
      expect(books.said()).toBe("told of all orders\npromise.created order/1\npromise.resolved order/1\n");
      await books.kill();
      await order("order/2");
      for (const port of [await freePort(), await freePort()]) {
        const again = run("patterns/bookkeeping.ts", String(port));
        await again.says(/told of all orders/);
        await order(`order/${port}`);
        await again.says(new RegExp(`^promise.resolved order/${port}$`, "m"));
        await again.kill();
      }
    }),
  );

  it(
    "a human in the loop goes on with the answer that curl gives",
    playing(async (run) => {
      const [yes, no] = [run("patterns/approval.ts", "expense-1"), run("patterns/approval.ts", "expense-2")];
      await Promise.all([yes, no].map((each) => each.says(/goes to expense/)));
      await run("patterns/answer.sh", "expense-1:0", "true").ended();
      await run("patterns/answer.sh", "expense-2:0", "false").ended();
      expect(await yes.ended()).toMatch(/^approve 120\? The answer goes to expense-1:0\napproved\n$/);
      expect(await no.ended()).toMatch(/\nrefused\n$/);
    }),
  );

  it(
    "some of many goes on with the second approval of three, and with the second refusal",
    playing(async (run) => {
      const decide = async (link: string | undefined, decision: string, comment: string) => {
        const page = await (await fetch(link ?? "")).text();
        const body = new URLSearchParams({ form: formTokenOf(page), decision, comment });
        await fetch(link ?? "", { method: "POST", body });
      };
      const linksOf = async (budget: ReturnType<typeof run>) => {
        await budget.says(/mail to Barbara: http:\S+(?=\n)/);
        return [...budget.said().matchAll(/http:\S+/g)].map(([link]) => link);
      };
      const approved = run("patterns/approvals.ts", "budget-1", "2");
      const [ada, grace, barbara] = await linksOf(approved);
      await decide(barbara, "resolve", "a fine plan");
      await decide(ada, "resolve", "go on");
      expect(await approved.ended()).toMatch(/\nBarbara approved: a fine plan\nAda approved: go on\n$/);
      expect(await (await fetch(grace ?? "")).text()).toContain("Canceled");
      const refused = run("patterns/approvals.ts", "budget-2", "2");
      const links = await linksOf(refused);
      await decide(links[0], "reject", "no");
      await decide(links[1], "reject", "no");
      expect(await refused.ended()).toMatch(/\nnot approved: 2 of 3 members were not resolved\n$/);
    }),
  );

  it(
    "a human in the loop goes on with what is decided by a link",
    playing(async (run) => {
      for (const [id, decision, said] of [
        ["expense-1", "resolve", "approved: good trip"],
        ["expense-2", "reject", "not approved: good trip"],
      ] as const) {
        const expense = run("patterns/approval-link.ts", id);
        const link = (await expense.says(/http:\S+(?=\n)/)) ?? "";
        const form = formTokenOf(await (await fetch(link)).text());
        const body = new URLSearchParams({ form, decision, comment: "good trip" });
        expect(await (await fetch(link, { method: "POST", body })).text()).toContain("good trip");
        expect(await expense.ended()).toMatch(new RegExp(`\\n${said}\\n$`));
      }
    }),
  );

  it(
    "payments goes on with what Stripe says, signed by Stripe's own library",
    playing(async (run, url) => {
      vi.stubEnv("STRIPE_WEBHOOK_SECRET", stripeSecret);
      await run("patterns/payment-hook.sh").ended();
      const { url: stripe, received, close } = await provider({ id: "cs_1", url: "https://pay.example/cs_1" });
      const say = async (type: string, session: object) => {
        const event = { id: "evt_1", object: "event", type, data: { object: { id: "cs_1", ...session } } };
        return post(`${url}/hooks/stripe`, ...signedByStripe(event));
      };
      try {
        const orders = ["order-1", "order-2"].map((id) => run("patterns/payment.ts", id, stripe));
        await Promise.all(orders.map((order) => order.says(/pay at https:\S+\n/)));
        const ids = received.map((body) => new URLSearchParams(body).get("metadata[promise]"));
        expect(ids.toSorted()).toEqual(["order-1:0", "order-2:0"]);
        const [first, second] = ["order-1:0", "order-2:0"].map((promise) => ({ metadata: { promise } }));
        const completed = "checkout.session.completed";
        expect(await say(completed, { ...first, payment_status: "unpaid" })).toBe(200);
        const paid = { ...first, payment_status: "paid", amount_total: 1_250 };
        expect(await say(completed, paid)).toBe(200);
        expect(await say(completed, paid)).toBe(200);
        expect(await say("checkout.session.expired", { ...second })).toBe(200);
        expect(await orders[0]?.ended()).toMatch(/\npaid: 12.5 EUR\n$/);
        expect(await orders[1]?.ended()).toMatch(/\nnot paid: checkout.session.expired by hook\n$/);
      } finally {
        await close();
      }
    }),
  );

  it(
    "a button in a chat answers for whoever has pressed it",
    playing(async (run, url) => {
      vi.stubEnv("SLACK_SIGNING_SECRET", slackSecret);
      await run("patterns/chat-hook.sh").ended();
      const { url: slack, received, close } = await provider({ ok: true });
      try {
        for (const [id, action, said] of [
          ["release-1", "approve", "released, says ada"],
          ["release-2", "refuse", "not released, says ada"],
        ] as const) {
          const release = run("patterns/chat-button.ts", id, "#releases", slack);
          await release.says(/asked in #releases\n/);
          const { blocks } = JSON.parse(received.at(-1) ?? "");
          const { value } = blocks[1].elements.find((button: { action_id: string }) => button.action_id === action);
          const actions = [{ action_id: action, value }];
          const press = { type: "block_actions", trigger_id: id, user: { id: "U1", username: "ada" }, actions };
          const [body, headers] = signedBySlack(press);
          expect(
            await post(`${url}/hooks/slack`, body, { ...headers, "x-slack-signature": `v0=${"0".repeat(64)}` }),
          ).toBe(401);
          expect(await post(`${url}/hooks/slack`, body, headers)).toBe(200);
          expect(await release.ended()).toMatch(new RegExp(`\\n${said}\\n$`));
        }
      } finally {
        await close();
      }
    }),
  );

  it(
    "a human in the loop goes on without an answer when nobody gives one in time",
    playing(async (run) => {
      const oneSecond = String(1 / (24 * 60 * 60));
      expect(await run("patterns/approval.ts", "expense-1", oneSecond).ended()).toMatch(/\nnobody answered\n$/);
    }),
  );
});

/** What a task is seen as. */
async function taskOf(url: string, id: string): Promise<{ version: number; giveUps?: number }> {
  const head = { corrId: "1", version: "2026-04-01" };
  const answer = await fetch(url, { method: "POST", body: JSON.stringify({ kind: "task.get", head, data: { id } }) });
  return ((await answer.json()) as { data: { task: { version: number; giveUps?: number } } }).data.task;
}

describe.concurrent("Ids and versions", () => {
  it(
    "finds promises by the names that the page advises",
    playing(async (run) => {
      expect((await run("patterns/ids.sh").ended()).split("\n")).toEqual([
        '"id":"purchase/user/1/song/43"',
        '"id":"purchase/user/1/song/42"',
        '"id":"default/pods/web-7d4b9c/q9z4m/ready"',
        '"id":"f3df2439-1ce7-4603-846a-71feed5f6d31"',
        '"id":"staging/analytics/monthly-report/2026-11"',
        "",
      ]);
    }),
  );

  it(
    "lets an execution end on the version that it began on, after the next one is deployed",
    playing(async (run, url) => {
      const before = run("patterns/quotes.ts", "old");
      const first = run("patterns/quote.ts", "quote-1", "1");
      await kept(url, "quote-1:0");
      await before.kill();
      const after = run("patterns/quotes.ts");
      expect(await run("patterns/quote.ts", "quote-2", "2").ended()).toBe("prices in euros and dollars\n");
      expect(await first.ended()).toBe("a price in dollars\n");
      expect(after.said()).toBe("price in EUR\nprice in USD\n");
    }),
  );

  it(
    "shows an execution of a version that nobody has, and runs it once somebody has",
    playing(async (run, url) => {
      const old = run("patterns/quotes.ts", "old");
      const call = run("patterns/quote.ts", "quote-3", "2");
      let seen = { version: 0, giveUps: 0 };
      for (let looks = 0; seen.giveUps < 3 && looks < 100; looks++) {
        await sleep(200);
        seen = { giveUps: 0, ...(await taskOf(url, "quote-3").catch(() => seen)) };
      }
      expect(seen.giveUps).toBeGreaterThanOrEqual(3);
      await old.kill();
      run("patterns/quotes.ts", "new");
      expect(await call.ended()).toBe("prices in euros and dollars\n");
    }),
  );
});
