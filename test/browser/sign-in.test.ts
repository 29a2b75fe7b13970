/**
 * Goal: who decides by a link that asks for it is known. Method: Chromium signs in at an issuer of npm's `oidc-provider`, and
 * comes back.
 */

import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import type { LocalServer } from "#lib/local/server.ts";
import { freePort } from "../support/engine.ts";
import { client, type Issuer, openIssuer } from "../support/issuer.ts";
import { quietServer } from "../support/local-server.ts";
import { openSqlite } from "../support/stores.ts";

const executablePath = inject("chromium");
const why = executablePath === undefined ? " (skipped: no Chromium here, and none could be installed)" : "";

describe.skipIf(executablePath === undefined)(`In a browser${why}, a link that asks to sign in`, () => {
  let server: LocalServer;
  let issuer: Issuer;
  let browser: Browser;
  let close: () => void;
  beforeAll(async () => {
    const opened = await openSqlite();
    close = opened.close;
    const port = await freePort();
    issuer = await openIssuer(`http://localhost:${port}/links/signed-in`);
    const signIn = { issuer: issuer.url, clientId: client.id, secret: async () => client.secret };
    server = await quietServer(opened.store, { port, signIn });
    browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    issuer.close();
    close();
  });

  const post = async (path: string, body: object) =>
    (await fetch(server.url + path, { method: "POST", body: JSON.stringify(body) })).json();
  const stateOf = async (id: string) =>
    ((await (await fetch(`${server.url}/promises/${id}`)).json()) as { state: string }).state;

  async function visit(id: string, signIn: unknown): Promise<Page> {
    await post("/promises", { id, timeout: Date.now() + 3 * 24 * 60 * 60 * 1_000 });
    const terms = { outcomes: ["resolve", "reject"], question: "Approve 120 EUR?", signIn };
    const { url } = (await post(`/promises/${id}/links`, terms)) as { url: string };
    const context = await browser.newContext({ javaScriptEnabled: false });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  async function signInAs(page: Page, name: string): Promise<void> {
    await page.getByRole("link", { name: /Sign in/ }).click();
    await page.locator('input[name="login"]').fill(name);
    await page.locator('input[name="password"]').fill("any");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(/\/links\/v1\./);
  }

  it("shows nothing before, then asks, and keeps who has decided", async () => {
    const page = await visit("known", true);
    expect(await page.getByRole("main").textContent()).not.toContain("120");
    expect(await page.title()).toBe("Please sign in");
    await signInAs(page, "ada");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Approve 120 EUR?");
    expect(await page.getByRole("main").textContent()).toContain("signed in as ada@example.com");
    expect(await stateOf("known")).toBe("PENDING");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    expect(await page.getByRole("main").textContent()).toContain("Recorded by ada@example.com, by this link");
    const { links } = (await (await fetch(`${server.url}/links?promiseId=known`)).json()) as {
      links: { decision: object }[];
    };
    const by = { issuer: issuer.url, subject: "ada", email: "ada@example.com", name: "ADA" };
    expect(links[0]?.decision).toMatchObject({ outcome: "resolve", by });
    const promise = (await (await fetch(`${server.url}/promises/known`)).json()) as { value: { data: string } };
    expect(JSON.parse(promise.value.data)).toEqual({ decision: "resolve", by });
  });

  it("lets in whom it is for, and nobody else", async () => {
    const page = await visit("asked", { emails: ["grace@example.com"] });
    await signInAs(page, "mallory");
    expect(await page.getByRole("heading").textContent()).toBe("Somebody else is asked");
    expect(await page.getByRole("main").textContent()).toContain("mallory@example.com");
    expect(await page.getByRole("main").textContent()).not.toContain("120");
    expect(await page.getByRole("button").count()).toBe(0);
    expect(await stateOf("asked")).toBe("PENDING");
    // The issuer knows mallory by now, and asks all the same.
    await page.getByRole("link", { name: "Sign in as somebody else" }).click();
    await page.locator('input[name="login"]').waitFor();
  });

  it("keeps what was written where somebody is signed in no more, until that is sent again", async () => {
    const page = await visit("late", true);
    await signInAs(page, "ada");
    await page.getByRole("textbox", { name: "Comment" }).fill("a thought");
    const known = (await page.context().cookies()).find(({ name }) => name.startsWith("resonate-person-"));
    await page.context().clearCookies({ name: known?.name ?? "" });
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "Please sign in again" }).waitFor();
    expect(await page.getByRole("main").textContent()).not.toContain("120");
    const [beside] = await Promise.all([
      page.context().waitForEvent("page"),
      page.getByRole("link", { name: "Sign in" }).click(),
    ]);
    // The issuer knows her still, and sends her back at once, or has her consent.
    const back = beside.waitForURL(/\/links\/v1\./);
    await Promise.race([back, beside.getByRole("button", { name: "Continue" }).click()]);
    await back;
    expect(await stateOf("late")).toBe("PENDING");
    expect(await page.getByRole("textbox", { name: "Comment" }).inputValue()).toBe("a thought");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    expect(await page.getByRole("main").textContent()).toContain("a thought");
  });

  it("takes no address that the issuer has not verified", async () => {
    const page = await visit("unverified", { emails: ["*@example.com"] });
    await signInAs(page, "unverified-eve");
    expect(await page.getByRole("heading").textContent()).toBe("Somebody else is asked");
  });
});
