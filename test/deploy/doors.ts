import { randomUUID } from "node:crypto";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { expect, it } from "vitest";
import { request } from "../support/http.ts";
import { formTokenOf } from "../support/links.ts";
import { rpc } from "../support/rpc.ts";
import { expectGoldenLife } from "./conformance.ts";
import { far, persistently, type Scenarios } from "./stand.ts";

/** Clients at the doors. */
export const doors: Scenarios = (stand) => {
  it("answers nobody whom it does not know, at any door, and whoever signs at the door for that", async () => {
    const strangers = [{}, { authorization: "Bearer guessed" }, { authorization: `Bearer ${stand().deployed.key}x` }];
    for (const headers of strangers) {
      expect((await request(stand().deployed.url, "GET", "/promises/p", undefined, headers)).status).toBe(401);
      expect(
        (await request(stand().deployed.url, "POST", "/promises", { id: "p", timeout: far }, headers)).status,
      ).toBe(401);
      expect((await fetch(`${stand().deployed.url}/poll/g/w`, { headers })).status).toBe(401);
    }
    expect(await rpc(stand().deployed.url, "promise.get", { id: "p" })).toEqual({ status: 401, data: "Unauthorized" });
    expect(await rpc(stand().deployed.url, "promise.get", { id: "p" }, { auth: "guessed" })).toMatchObject({
      status: 401,
    });
    expect((await request(stand().deployed.url, "GET", "/health")).status).toBe(200);
    expect((await stand().ask("GET", "/promises/p")).status).toBe(404);
    const unsigned = await fetch(`${stand().deployed.signedUrl}/promises/p`);
    expect(unsigned.status).toBe(403);
    const signature = "AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/execute-api/aws4_request, Signature=any";
    const signed = await fetch(`${stand().deployed.signedUrl}/promises/p`, { headers: { authorization: signature } });
    expect(signed.status).toBe(404);
  });

  it("serves promises over REST", async () => {
    const id = `purchase/${randomUUID()}`;
    const created = await stand().ask("POST", "/promises", { id, timeout: far, param: { data: "é" } });
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe(`${stand().deployed.url}/promises/${id}`);
    expect((await stand().ask("PATCH", `/promises/${id}`, { state: "RESOLVED" })).status).toBe(201);
    expect((await stand().ask("PATCH", `/promises/${id}`, { state: "REJECTED" })).status).toBe(403);
    const { body } = await stand().ask("GET", `/promises?id=${id}`);
    expect(body.promises).toMatchObject([{ id, state: "RESOLVED" }]);
  });

  it("settles a composite when enough of its members are resolved, and cancels the rest", async () => {
    const id = `some/${randomUUID()}`;
    const of = [1, 2, 3].map((member) => ({ id: `${id}/${member}` }));
    expect((await stand().ask("POST", "/promises", { id, timeout: far, composite: { of, need: 2 } })).status).toBe(201);
    const ends = [2, 3].map((member) => stand().ask("PATCH", `/promises/${id}/${member}`, { state: "RESOLVED" }));
    expect((await Promise.all(ends)).map(({ status }) => status)).toEqual([201, 201]);
    const states = async () =>
      Promise.all([id, `${id}/1`].map(async (each) => (await stand().ask("GET", `/promises/${each}`)).body.state));
    await expect.poll(states, { timeout: 100_000, interval: 500 }).toEqual(["RESOLVED", "REJECTED_CANCELED"]);
  });

  it("answers a task's life as the RPC protocol says, each status and refusal", async () => {
    await expectGoldenLife(stand().call, `golden-${randomUUID()}`);
  });

  it("names by a query what a path cannot carry", async () => {
    for (const name of ["a//b", "50%", "what?", "#1", "/a/", "日本 語", "a/../b"]) {
      const id = `${name}${randomUUID()}`;
      const { headers } = await stand().ask("POST", "/promises", { id, timeout: far });
      const path = `/promise?id=${encodeURIComponent(id)}`;
      expect([id, (await stand().ask("GET", path)).body.id]).toEqual([id, id]);
      expect(
        (await stand().ask("GET", (headers.get("location") ?? "").slice(stand().deployed.url.length))).body.id,
      ).toBe(id);
      expect((await stand().ask("PATCH", path, { state: "RESOLVED" })).status).toBe(201);
    }
  });

  it("keeps payloads that no item holds, and gives them back through both doors", async () => {
    const [id, data] = [`large/${randomUUID()}`, "€".repeat(700_000)];
    expect((await stand().ask("POST", "/promises", { id, timeout: far, param: { data } })).status).toBe(201);
    const settled = await stand().ask("PATCH", `/promises/${id}`, { state: "RESOLVED", value: { data } });
    expect(settled).toMatchObject({ status: 201, body: { param: { data }, value: { data } } });
    const { data: got } = await stand().call("promise.get", { id });
    expect(got.promise).toMatchObject({ param: { data }, value: { data } });
    const Key = { pk: { S: `promise#${id}` }, sk: { S: id } };
    const { Item } = await stand().database.send(
      new GetItemCommand({ TableName: stand().deployed.outputs["TableName"], Key }),
    );
    expect(Item?.["state"]).toEqual({ S: "resolved" });
    expect(JSON.stringify(Item).length).toBeLessThan(2_000);
  });

  it("lets whoever has a link decide, and shows what was decided", async () => {
    const id = `trip/${randomUUID()}`;
    await stand().ask("POST", "/promises", { id, timeout: far });
    const terms = { outcomes: ["resolve", "reject"], question: "Approve 120 EUR?" };
    const made = await stand().ask("POST", `/promises/${id}/links`, terms);
    expect(made.status).toBe(201);
    const link = stand().deployed.url + new URL(made.body.url).pathname;
    const page = await (await fetch(link)).text();
    expect(page).toContain(terms.question);
    const body = new URLSearchParams({ form: formTokenOf(page), decision: "reject", comment: "too dear" });
    const sent = await fetch(link, { method: "POST", body, redirect: "manual" });
    expect(sent.status).toBe(303);
    expect(await (await fetch(link)).text()).toMatch(/Rejected[\s\S]+too dear/);
    expect((await stand().ask("GET", `/promises/${id}`)).body.state).toBe("REJECTED");
    const { body: listed } = await stand().ask("GET", `/links?promiseId=${id}`);
    expect(listed.links).toMatchObject([{ decision: { outcome: "reject", comment: "too dear" } }]);
  });

  it("of twenty that complete one promise at once, lets one win", async () => {
    const id = randomUUID();
    await stand().ask("POST", "/promises", { id, timeout: far });
    const asking = Array.from({ length: 20 }, (_, number) => () => {
      const key = { "idempotency-key": String(number) };
      return stand().ask("PATCH", `/promises/${id}`, { state: "RESOLVED", value: { data: String(number) } }, key);
    });
    const answers = await Promise.all(asking.map((ask) => persistently(ask)));
    const winners = answers.filter(({ status }) => status !== 403);
    expect(winners).toHaveLength(1);
    expect([200, 201]).toContain(winners[0]?.status);
    expect((await stand().ask("GET", `/promises/${id}`)).body.value).toEqual(winners[0]?.body.value);
  });
};
