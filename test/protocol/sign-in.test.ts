/** Links that ask people to sign in, as the page's door sees it; who somebody is, a stand-in for the issuer says. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sealer as sealerOf } from "#lib/access/sealer.ts";
import type { Person } from "#lib/core/index.ts";
import { linkService } from "#lib/service/links.ts";
import { visitService } from "#lib/service/visits.ts";
import { type Door, linkKeys, noFeed, openDoor, ownUrl, retryMs } from "../support/door.ts";
import { formTokenOf, later } from "../support/links.ts";
import { openSqlite } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";

const ada: Person = { issuer: "https://people.example", subject: "7", email: "Ada@Example.com", name: "Ada" };

/** Whoever comes back with a name in the query is that person, if what was kept is what was begun. */
const standIn = {
  begun: 0,
  async begin(callback: string) {
    this.begun += 1;
    const url = `https://people.example/authorize?to=${encodeURIComponent(callback)}&state=${this.begun}`;
    return { url, kept: `kept ${this.begun}` };
  },
  async finish(came: URL, kept: string) {
    const subject = came.searchParams.get("as");
    return kept === `kept ${came.searchParams.get("state")}` && subject !== null ? { ...ada, subject } : undefined;
  },
};

const stateIn = ({ headers }: Response): string => /state=\d+/.exec(headers.get("location") ?? "")?.[0] ?? "";

describe("A link that asks to sign in", () => {
  let door: Door;
  beforeEach(async () => {
    const { store, close } = await openSqlite();
    const sealer = sealerOf(async () => linkKeys);
    const parts = { store, feed: noFeed, retryMs, known: noSubscriptions, sealer, canSignIn: true };
    door = await openDoor(async () => ({ store, close }), {
      links: linkService(parts),
      visits: visitService(parts),
      sealer,
      signIn: standIn,
    });
    await door.ask("POST", "/promises", { id: "p", timeout: later });
  });
  afterEach(() => door.close());

  const mint = async (signIn: unknown, more: object = {}) =>
    door.ask("POST", "/promises/p/links", { outcomes: ["resolve", "reject"], question: "Go?", signIn, ...more });
  const linkFor = async (signIn: unknown) => new URL((await mint(signIn)).body.url).pathname;
  const stateOf = async () => (await door.ask("GET", "/promises/p")).body.state;
  const cookieOf = ({ headers }: Response): string =>
    headers
      .getSetCookie()
      .map((each) => each.split(";")[0])
      .join("; ");
  const get = (path: string, cookie = "") => door.send(path, { headers: { cookie } });
  const decide = (path: string, cookie: string, form: string, comment = "") =>
    door.send(path, {
      method: "POST",
      headers: { cookie },
      body: new URLSearchParams({ form, decision: "resolve", comment }),
    });

  /** Signs in for a link, and gives the cookies that remain. */
  async function signIn(path: string, as = "7"): Promise<string> {
    const sent = await get(`${path}?sign-in`);
    expect(sent.headers.get("location")).toContain(encodeURIComponent(`${ownUrl}/links/signed-in`));
    const back = await get(`/links/signed-in?as=${as}&${stateIn(sent)}`, cookieOf(sent));
    expect([back.status, back.headers.get("location")]).toEqual([303, `./${path.slice("/links/".length)}`]);
    return cookieOf(back);
  }

  it("shows what it asks only to somebody, decides by nobody else, and notes who it was", async () => {
    const path = await linkFor({ emails: ["ada@example.com"] });
    expect(await (await get(path)).text()).not.toContain("Go?");
    const cookie = await signIn(path);
    const page = await get(path, cookie);
    const html = await page.text();
    expect([page.status, html.includes("Go?"), html.includes("Ada@Example.com")]).toEqual([200, true, true]);
    const form = formTokenOf(html);
    expect((await decide(path, "", form)).status).toBe(400);
    expect(await stateOf()).toBe("PENDING");
    expect((await decide(path, cookie, form)).status).toBe(303);
    expect(await stateOf()).toBe("RESOLVED");
    const { links } = (await door.ask("GET", "/links?promiseId=p")).body;
    expect(links[0].decision.by).toEqual(ada);
    expect(await (await get(path)).text()).not.toContain("Ada");
  });

  it("changes nothing by being opened, signed in or not, whatever is in the query", async () => {
    const path = await linkFor(true);
    const cookie = await signIn(path);
    const before = await door.store.members("link", "p", 9, { roundTrips: 0 });
    for (const query of ["", "?sign-in", "?decision=resolve", "?sign-in&decision=resolve&form=x", "?as=7"]) {
      for (const method of ["GET", "HEAD"]) {
        await door.send(path + query, { method, headers: { cookie } });
        await door.send(`/links/signed-in${query}`, { method, headers: { cookie } });
      }
    }
    expect(await stateOf()).toBe("PENDING");
    expect(await door.store.members("link", "p", 9, { roundTrips: 0 })).toEqual(before);
  });

  it("knows somebody for this link alone, for an hour, and by a cookie that no script and no other site can use", async () => {
    const [path, other] = [await linkFor(true), await linkFor(true)];
    const sent = await get(`${path}?sign-in`);
    const back = await get(`/links/signed-in?as=7&${stateIn(sent)}`, cookieOf(sent));
    for (const cookie of [...sent.headers.getSetCookie(), ...back.headers.getSetCookie()]) {
      expect(cookie).toMatch(/Max-Age=(600|3600|0); Path=\/links; HttpOnly; SameSite=Lax$/);
    }
    for (const { headers } of [sent, back]) {
      expect([headers.get("cache-control"), headers.get("referrer-policy")]).toEqual(["no-store", "no-referrer"]);
    }
    const cookie = cookieOf(back);
    expect(await (await get(other, cookie)).text()).toContain("Please sign in");
    const form = formTokenOf(await (await get(path, cookie)).text());
    door.clock.now += 60 * 60 * 1_000;
    expect(await (await get(path, cookie)).text()).toContain("Please sign in");
    expect((await decide(path, cookie, form)).status).toBe(400);
    expect(await stateOf()).toBe("PENDING");
  });

  it("takes no form that somebody else was shown", async () => {
    const path = await linkFor(true);
    const [first, second] = [await signIn(path, "7"), await signIn(path, "8")];
    const form = formTokenOf(await (await get(path, first)).text());
    expect((await decide(path, second, form)).status).toBe(400);
    expect(await stateOf()).toBe("PENDING");
  });

  it("takes in nobody who has not been sent away, was too long about it, or comes back without a name", async () => {
    const path = await linkFor(true);
    const [begun, another] = [await get(`${path}?sign-in`), await get(`${path}?sign-in`)];
    const [sent, state] = [cookieOf(begun), stateIn(begun)];
    const [name, value] = sent.split("=") as [string, string];
    const [otherName] = cookieOf(another).split("=") as [string];
    const ways = [
      ["", `?as=7&${state}`],
      [`${name}=forged`, `?as=7&${state}`],
      [sent, "?as=7"],
      [sent, `?as=7&${stateIn(another)}`],
      [`${otherName}=${value}`, `?as=7&${stateIn(another)}`],
      [sent, `?${state}`],
      [sent, `?error=access_denied&${state}`],
    ] as const;
    for (const [cookie, query] of ways) {
      const refused = await get(`/links/signed-in${query}`, cookie);
      expect([refused.status, (await refused.text()).includes("Not signed in")]).toEqual([400, true]);
      expect(refused.headers.getSetCookie().join()).not.toContain("resonate-person");
    }
    door.clock.now += 10 * 60 * 1_000;
    expect((await get(`/links/signed-in?as=7&${state}`, sent)).status).toBe(400);
  });

  it("leaves another link's form as good as it was, and another sign-in that was begun in the same browser", async () => {
    const [path, other] = [await linkFor(true), await linkFor(true)];
    const first = await signIn(path);
    const form = formTokenOf(await (await get(path, first)).text());
    const both = `${first}; ${await signIn(other)}`;
    expect((await get(other, both)).status).toBe(200);
    const [begun, later] = [await get(`${path}?sign-in`, both), await get(`${other}?sign-in`, both)];
    const all = [both, cookieOf(begun), cookieOf(later)].join("; ");
    for (const each of [begun, later]) {
      expect((await get(`/links/signed-in?as=7&${stateIn(each)}`, all)).status).toBe(303);
    }
    expect((await decide(path, both, form)).status).toBe(303);
  });

  it("knows nobody by another link's cookie, whatever that is called", async () => {
    const [path, other] = [await linkFor(true), await linkFor(true)];
    const named = (cookie: string) => /(resonate-person-[0-9a-f]+)=([^;]+)/.exec(cookie) as RegExpExecArray;
    const [first, second] = [named(await signIn(path)), named(await signIn(other))];
    expect(await (await get(other, `${second[1]}=${second[2]}`)).text()).toContain("Go?");
    expect(await (await get(other, `${second[1]}=${first[2]}`)).text()).not.toContain("Go?");
  });

  it("has no more cookies kept than a gateway lets through: the oldest go", async () => {
    const kept = new Map<string, string>();
    const header = () => [...kept].map(([name, value]) => `${name}=${value}`).join("; ");
    const go = async (path: string) => {
      const answer = await get(path, header());
      for (const set of answer.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        kept.delete(name);
        if (value !== "") {
          kept.set(name, value);
        }
      }
      return answer;
    };
    const paths = [];
    for (let count = 0; count < 20; count++) {
      const path = await linkFor(true);
      paths.push(path);
      const sent = await go(`${path}?sign-in`);
      await go(`/links/signed-in?as=7&${stateIn(sent)}`);
      await go(`${path}?sign-in`);
      expect(header().length).toBeLessThan(7_000);
    }
    expect(await (await get(paths.at(-1) ?? "", header())).text()).toContain("Go?");
    expect(await (await get(paths[0] ?? "", header())).text()).toContain("Please sign in");
  });

  it("asks to sign in again, and keeps what was written, where somebody was too long about it", async () => {
    const path = await linkFor({ subjects: ["7"] });
    const cookie = await signIn(path);
    const form = formTokenOf(await (await get(path, cookie)).text());
    door.clock.now += 61 * 60 * 1_000;
    const late = await decide(path, cookie, form, "a <long> thought");
    const html = await late.text();
    expect([late.status, /<title>(.*)<\/title>/.exec(html)?.[1]]).toEqual([400, "Please sign in again"]);
    for (const shown of [
      "sign in again",
      "?sign-in",
      "a &lt;long&gt; thought",
      'name="decision" value="resolve"',
      form,
    ]) {
      expect(html).toContain(shown);
    }
    expect(html).not.toMatch(/Go\?|too long|Reject/);
    expect(await stateOf()).toBe("PENDING");
    // What comes back can be sent off once the same person has signed in, by nobody else, and by nobody before.
    const again = formTokenOf(html);
    expect((await decide(path, cookie, again)).status).toBe(400);
    const other = await decide(path, await signIn(path, "8"), again, "a thought");
    expect([other.status, (await other.text()).includes("Go?")]).toEqual([403, false]);
    expect((await decide(path, await signIn(path), again, "a thought")).status).toBe(303);
    expect((await door.ask("GET", "/links?promiseId=p")).body.links[0].decision.comment).toBe("a thought");
  });

  it.each([
    [true, true],
    [{ emails: ["ADA@example.COM"] }, true],
    [{ emails: ["*@example.com"] }, true],
    [{ emails: ["*@ample.com"] }, false],
    [{ emails: ["da@example.com"] }, false],
    [{ subjects: ["7"] }, true],
    [{ subjects: ["77"], emails: ["grace@example.com"] }, false],
  ])("for %j lets Ada in: %s", async (terms, isIn) => {
    const path = await linkFor(terms);
    const page = await get(path, await signIn(path));
    expect([page.status, (await page.text()).includes("Go?")]).toEqual(isIn ? [200, true] : [403, false]);
  });

  it.each([
    [{}, "signIn must be true, or name emails or subjects"],
    [{ emails: [] }, "signIn.emails must have 1 to 20 entries"],
    [{ subjects: [""] }, "signIn.subjects must have no empty entry"],
    [{ emails: ["example.com"] }, "signIn.emails must be addresses, or *@ and a domain"],
    [{ emails: ["a*@example.com"] }, "signIn.emails must be addresses, or *@ and a domain"],
    [{ subjects: ["x".repeat(321)] }, "signIn.subjects must be at most 320 bytes of UTF-8"],
    ["yes", "signIn must be true, or an object of emails and subjects"],
  ])("is not made for %j", async (terms, message) => {
    const { status, body } = await mint(terms);
    expect([status, body.error.details[0].message]).toEqual([400, message]);
  });

  it("cannot be made to ask nobody by whoever writes to the table", async () => {
    const path = await linkFor({ subjects: ["8"] });
    const change = { kind: "update", unset: ["signIn"] } as const;
    await door.store.attempt({ of: "link", in: "p", id: "0001", guards: [], change }, { roundTrips: 0 });
    expect((await get(path)).status).toBe(404);
  });
});

it("Where nobody can sign in, no link asks for it", async () => {
  const door = await openDoor(openSqlite);
  await door.ask("POST", "/promises", { id: "p", timeout: later });
  const { status, body } = await door.ask("POST", "/promises/p/links", { outcomes: ["resolve"], signIn: true });
  expect([status, body.error.details[0].message]).toEqual([
    400,
    "signIn needs a service that knows where people sign in",
  ]);
  const plain = await door.ask("POST", "/promises/p/links", { outcomes: ["resolve"], signIn: false });
  expect([plain.status, plain.body.signIn]).toEqual([201, undefined]);
  door.close();
});
