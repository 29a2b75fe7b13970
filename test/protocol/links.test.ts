import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toKeyRing, withNewKey } from "#lib/access/key-ring.ts";
import { sealer as sealerOf } from "#lib/access/sealer.ts";
import { Fault, linkLimits } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Answered } from "#lib/protocol/answered.ts";
import { formBytesMax } from "#lib/protocol/links/forms.ts";
import { type Door, openDoor } from "../support/door.ts";
import { formTokenOf, later, linkAt, linkTo } from "../support/links.ts";
import { expectRefusal } from "../support/refusal.ts";
import { everyStore, openSqlite } from "../support/stores.ts";

const titleOf = (html: string) => /<title>(.*)<\/title>/.exec(html)?.[1];

let ids = 0;
const freshId = () => `trip/${++ids}`;

describe.each(everyStore)("A link, over %s", (_, open) => {
  let door: Door;
  beforeAll(async () => {
    door = await openDoor(open);
  });
  afterAll(() => door.close());

  const promise = async (id: string) => (await door.ask("GET", `/promises/${id}`)).body;
  const listed = async (id: string) => (await door.ask("GET", `/links?promiseId=${id}`)).body.links;

  it("shows what is asked, by whom and until when, and takes the decision with a comment", async () => {
    const id = freshId();
    const terms = { label: "Expense 17", from: "Ada", question: "Approve 120 EUR?" };
    const link = await linkTo(door, id, terms);
    const { status, html } = await link.open();
    expect(status).toBe(200);
    for (const shown of [...Object.values(terms), "1 January 2100 at 00:00 UTC", "Approve", "Reject", 'lang="en"']) {
      expect(html).toContain(shown);
    }
    expect(html).not.toContain(id);
    expect(html).not.toContain("Cancel it");
    expect((await promise(id)).state).toBe("PENDING");

    const sent = await link.decide("resolve", "fine\r\nby me");
    expect([sent.status, sent.headers.get("location")]).toEqual([303, `.${link.path.replace("/links", "")}`]);
    const data = JSON.stringify({ decision: "resolve", label: "Expense 17", comment: "fine\nby me" });
    expect(await promise(id)).toMatchObject({
      state: "RESOLVED",
      value: { headers: { "content-type": "application/json" }, data },
    });
    const [seen] = await listed(id);
    expect(seen.decision).toEqual({
      outcome: "resolve",
      decidedOn: door.clock.now,
      comment: "fine\nby me",
      userAgent: "a browser",
    });
    expect(JSON.stringify(seen)).not.toContain("hash");
  });

  it("shows the recorded decision to whoever comes later, by whichever link, and never that it has expired", async () => {
    const id = freshId();
    const links = [await linkTo(door, id), await linkTo(door, id, { expiresOn: door.clock.now + 10_000 })];
    const formToken = formTokenOf((await links[1]?.open())?.html ?? "");
    await links[0]?.decide("reject", "too dear");
    const before = door.clock.now;
    for (const moment of [before, before + 20_000, later]) {
      door.clock.now = moment;
      const [own, other] = await Promise.all(links.map((link) => link.open()));
      expect([own?.status, other?.status]).toEqual([200, 200]);
      expect(own?.html).toMatch(/Rejected[\s\S]+Recorded by this link on/);
      expect(own?.html).toContain("too dear");
      expect(other?.html).toMatch(/Rejected[\s\S]+Recorded by another link \(number 1\) on/);
      expect(other?.html).not.toContain("too dear");
      expect(`${own?.html}${other?.html}`).not.toMatch(/expired/i);
    }
    door.clock.now = before;
    const late = await links[1]?.decide("resolve", "", formToken);
    expect([late?.status, /not counted/.test(late?.html ?? "")]).toEqual([409, true]);
    expect((await promise(id)).state).toBe("REJECTED");
  });

  it("takes a button that was pressed twice for one decision, and another answer for none", async () => {
    const id = freshId();
    const link = await linkTo(door, id);
    const form = formTokenOf((await link.open()).html);
    const twice = await Promise.all([link.decide("resolve", "yes", form), link.decide("resolve", "yes", form)]);
    expect(twice.map(({ status }) => status)).toEqual([303, 303]);
    for (const [outcome, comment] of [
      ["reject", "yes"],
      ["resolve", "no"],
    ] as const) {
      const other = await link.decide(outcome, comment, form);
      expect([other.status, other.html.includes("not counted")]).toEqual([409, true]);
    }
    expect((await listed(id))[0].decision.comment).toBe("yes");
  });

  it("takes a button that was pressed twice for one decision, also where the other comes between a look at the link and one at its promise", async () => {
    let beforeGet = async () => {};
    const interrupted = await openDoor(async () => {
      const { store, close } = await open();
      const get: Store["get"] = async (id, cost) => {
        await beforeGet();
        return store.get(id, cost);
      };
      return { store: { ...store, get }, close };
    });
    const link = await linkTo(interrupted, "p");
    const form = formTokenOf((await link.open()).html);
    let first: number | undefined;
    beforeGet = async () => {
      beforeGet = async () => {};
      first = (await link.decide("resolve", "yes", form)).status;
    };
    expect([(await link.decide("resolve", "yes", form)).status, first]).toEqual([303, 303]);
    interrupted.close();
  });

  it("tells of a decision that came by other means, and of a deadline", async () => {
    const [first, second] = [freshId(), freshId()];
    const link = await linkTo(door, first);
    await door.ask("PATCH", `/promises/${first}`, { state: "RESOLVED" });
    expect((await link.open()).html).toMatch(/Approved[\s\S]+Recorded by other means/);

    const before = door.clock.now;
    const short = await linkTo(door, second, {}, before + 1_000);
    const formToken = formTokenOf((await short.open()).html);
    door.clock.now = before + 1_000;
    expect(await short.open()).toMatchObject({ status: 410, html: expect.stringContaining("has expired") });
    const timeIsOver = expect.stringContaining("not counted: the time was over");
    expect(await short.decide("resolve", "", formToken)).toMatchObject({ status: 410, html: timeIsOver });
    expect((await promise(second)).state).toBe("REJECTED_TIMEDOUT");
    expect((await short.open()).html).toContain("Nobody decided in time");
    const after = await short.decide("resolve", "", formToken);
    expect(after).toMatchObject({ status: 410, html: timeIsOver });
    expect([titleOf(after.html), /had been recorded/.test(after.html)]).toEqual(["Nobody decided in time", false]);
    door.clock.now = before;
  });

  it("still shows its decision when its promise has expired, and decides no other promise of the same id", async () => {
    const id = freshId();
    const [link, idle] = [await linkTo(door, id), await linkTo(door, id, { outcomes: ["reject"] })];
    const form = formTokenOf((await idle.open()).html);
    await link.decide("resolve", "go");
    await door.store.attempt({ of: "promise", id, guards: [], change: { kind: "delete" } }, { roundTrips: 0 });
    for (const isThere of [false, true]) {
      if (isThere) {
        door.clock.now += 1;
        await door.ask("POST", "/promises", { id, timeout: later });
      }
      expect((await link.open()).html, String(isThere)).toMatch(/Approved[\s\S]+by this link[\s\S]+go/);
      await idle.decide("reject", "", form);
    }
    expect((await promise(id)).state).toBe("PENDING");
    const fresh = await linkTo(door, id);
    await door.ask("PATCH", `/promises/${id}`, { state: "REJECTED" });
    expect((await fresh.open()).html).toMatch(/Rejected[\s\S]+by other means/);
    expect((await promise(id)).state).toBe("REJECTED");
  });

  it("of all decisions at once lets one win, which is the one that is noted", async () => {
    const id = freshId();
    const links = await Promise.all([1, 2, 3, 4].map(() => linkTo(door, id)));
    expect(links.map((link) => link.id).sort()).toEqual(["0001", "0002", "0003", "0004"]);
    const sent = await Promise.all([
      ...links.flatMap((link, at) => [1, 2].map((turn) => link.decide(at % 2 ? "reject" : "resolve", `${at}.${turn}`))),
      door.ask("PATCH", `/promises/${id}`, { state: "REJECTED_CANCELED" }),
    ]);
    const won = sent.filter(({ status }) => status === 303 || status === 201);
    expect(won).toHaveLength(1);
    const { state, value } = await promise(id);
    const noted = (await listed(id)).filter(({ decision }: { decision?: object }) => decision !== undefined);
    if (state === "REJECTED_CANCELED") {
      expect(noted).toEqual([]);
    } else {
      expect(noted).toHaveLength(1);
      expect(JSON.parse(value.data).comment).toBe(noted[0].decision.comment);
      expect(state).toBe(noted[0].decision.outcome === "resolve" ? "RESOLVED" : "REJECTED");
    }
  });

  it("decides no more once it is revoked, also by a page that stood open", async () => {
    const id = freshId();
    const link = await linkTo(door, id);
    const formToken = formTokenOf((await link.open()).html);
    const revoked = await door.ask("DELETE", `/links?promiseId=${id}&id=${link.id}`);
    expect([revoked.status, revoked.body.revokedOn]).toEqual([200, door.clock.now]);
    expect(await link.open()).toMatchObject({ status: 410, html: expect.stringContaining("was withdrawn") });
    const late = await link.decide("resolve", "", formToken);
    expect([late.status, /not counted/.test(late.html), titleOf(late.html)]).toEqual([
      410,
      true,
      "This link was withdrawn",
    ]);
    expect((await promise(id)).state).toBe("PENDING");
    expectRefusal(await door.ask("DELETE", `/links?promiseId=${id}&id=0009`), 404, 40404);
  });

  it("that has decided stays as it is when it is revoked", async () => {
    const id = freshId();
    const link = await linkTo(door, id);
    await link.decide("resolve");
    const { body } = await door.ask("DELETE", `/links?promiseId=${id}&id=${link.id}`);
    expect([body.revokedOn, body.decision.outcome]).toEqual([undefined, "resolve"]);
  });

  it("that is revoked while its decision is on the way decides nothing", async () => {
    let beforeTransact = async () => {};
    const interrupted = await openDoor(async () => {
      const { store, close } = await open();
      const transact: Store["transact"] = async (writes, cost) => {
        await beforeTransact();
        return store.transact(writes, cost);
      };
      return { store: { ...store, transact }, close };
    });
    const link = await linkTo(interrupted, "p");
    beforeTransact = async () => {
      await interrupted.ask("DELETE", `/links?promiseId=p&id=${link.id}`);
    };
    const { status, html } = await link.decide("resolve");
    expect([status, html.includes("was withdrawn"), html.includes("not counted")]).toEqual([410, true, true]);
    expect((await interrupted.ask("GET", "/promises/p")).body.state).toBe("PENDING");
    interrupted.close();
  });

  it("leaves a promise that somebody waits for due at once, so that they are told", async () => {
    const id = freshId();
    const link = await linkTo(door, id);
    const wish = { id: "w", timeout: later, recv: "https://receiver.example/hook" };
    await door.ask("POST", `/promises/subscribe/${id}`, wish);
    expect((await link.decide("resolve")).status).toBe(303);
    const image = await door.store.get(id, { roundTrips: 0 });
    expect([image?.state, image?.dueAt]).toEqual(["resolved", door.clock.now]);
  });

  it("is one of so many that a promise has, live and in all, however many are asked for at once", async () => {
    const id = freshId();
    await door.ask("POST", "/promises", { id, timeout: later });
    const mint = () => door.ask("POST", `/promises/${id}/links`, { outcomes: ["resolve"] });
    const made = [];
    while (made.length < linkLimits.liveLinksMax + 4) {
      made.push(...(await Promise.all([mint(), mint(), mint(), mint()])));
    }
    expect(made.filter(({ status }) => status === 201)).toHaveLength(linkLimits.liveLinksMax);
    const refused = made.find(({ status }) => status === 409);
    expect(refused?.body.error).toMatchObject({
      code: 40903,
      message: "a promise has at most 20 links that are live",
      details: [{ message: "liveLinksMax is 20", metadata: { limit: "liveLinksMax", countMax: "20" } }],
    });
    await door.ask("DELETE", `/links?promiseId=${id}&id=0001`);
    expect((await mint()).body.id).toBe("0021");
  });

  it("makes what was fixed the promise's value, and otherwise what the SDKs read, where that is asked for", async () => {
    const fixed = freshId();
    await (await linkTo(door, fixed, { outcomes: ["resolve"], value: { data: "dHJ1ZQ==" } })).decide("resolve", "x");
    expect((await promise(fixed)).value).toEqual({ data: "dHJ1ZQ==" });
    for (const [outcome, value] of [
      ["resolve", { decision: "resolve", comment: "ü" }],
      ["reject", { __type: "error", name: "Rejected", message: "ü" }],
    ] as const) {
      const id = freshId();
      await (await linkTo(door, id, { encoding: "sdk" })).decide(outcome, "ü");
      expect(JSON.parse(Buffer.from((await promise(id)).value.data, "base64").toString())).toEqual(value);
    }
  });
});

describe("A link's token", () => {
  it("opens nothing when a single character of it is another", async () => {
    const door = await openDoor(openSqlite);
    const id = freshId();
    const { path } = await linkTo(door, id);
    const token = path.slice("/links/".length);
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "A" ? "B" : "A";
      const changed = linkAt(door, `/links/${token.slice(0, at)}${other}${token.slice(at + 1)}`);
      expect((await changed.open()).status, String(at)).toBe(404);
    }
    expect((await linkAt(door, `/links/${token}A`).open()).status).toBe(404);
    door.close();
  });

  it("allows what it was made for, though the table says more", async () => {
    const door = await openDoor(openSqlite);
    for (const set of [{ outcomes: ["resolve", "cancel"] }, { expiresAt: later - 1 }, { value: { data: "more" } }]) {
      const id = freshId();
      const link = await linkTo(door, id, { outcomes: ["resolve"], value: { data: "this" } });
      const change = { kind: "update", set } as never;
      await door.store.attempt({ of: "link", in: id, id: link.id, guards: [], change }, { roundTrips: 0 });
      expect((await link.open()).status, JSON.stringify(set)).toBe(404);
    }
    door.close();
  });

  it("works after the keys have been rotated, until its key is taken out; and shows nothing of what it seals", async () => {
    let ring = withNewKey({});
    const door = await openDoor(openSqlite, { sealer: sealerOf(async () => ring) });
    const [old, id] = [await linkTo(door, freshId()), freshId()];
    ring = withNewKey(ring);
    door.clock.now += 60_000;
    const fresh = await linkTo(door, id);
    expect([old.path.slice(7, 12), fresh.path.slice(7, 12)]).toEqual(["v1.k1", "v1.k2"]);
    expect([(await old.open()).status, (await fresh.open()).status]).toEqual([200, 200]);
    expect(Buffer.from(fresh.path.slice(13), "base64url").toString("latin1")).not.toContain("trip");
    ring = Object.fromEntries(Object.entries(ring).filter(([key]) => key !== "k1"));
    door.clock.now += 60_000;
    expect([(await old.open()).status, (await fresh.open()).status]).toEqual([404, 200]);
    door.close();
  });

  it("of a key that another process has begun to use is opened within seconds", async () => {
    let ring = withNewKey({});
    const reader = sealerOf(async () => ring);
    const request = { now: 0, cost: { roundTrips: 0 } };
    await reader.seal("link", "x", request);
    ring = withNewKey(ring);
    const sealed = await sealerOf(async () => ring).seal("link", "new", request);
    expect(await reader.open("link", sealed, { ...request, now: 5_000 })).toBe("new");
    expect(await reader.open("form", sealed, { ...request, now: 5_000 })).toBeUndefined();
  });

  it.each(["", "{}", "[]", '{"k1":"short"}', '{"x":"0123456789012345678901234567890123"}'])(
    "is not sealed with %j for keys, and the error holds nothing of them",
    (text) => {
      expect(() => toKeyRing(text)).toThrow(/^keys are JSON such as/);
    },
  );
});

describe("The page of a link", () => {
  it("is sent in a way that nobody keeps, indexes, frames or learns of it", async () => {
    const door = await openDoor(openSqlite);
    const link = await linkTo(door, freshId());
    for (const { headers } of [await link.open(), await link.open("HEAD"), await linkAt(door, "/links/x").open()]) {
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow",
        "x-content-type-options": "nosniff",
        "content-security-policy": expect.stringMatching(
          /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
        ),
      });
    }
    door.close();
  });

  it("makes no markup of what its maker or its visitor has written", async () => {
    const door = await openDoor(openSqlite);
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&`;
    const link = await linkTo(door, freshId(), { label: evil, from: evil, question: evil });
    const again = await link.decide("nonsense", `</textarea>${evil}`);
    expect([again.status, again.html.includes("&lt;/textarea&gt;")]).toEqual([400, true]);
    await link.decide("resolve", evil);
    for (const html of [again.html, (await link.open()).html]) {
      expect(html).not.toMatch(/<(script|img)|<\/textarea>.*<\/textarea>/i);
    }
    door.close();
  });

  it("takes no decision without its own form: none, another link's, one of yesterday, or one that was made up", async () => {
    const door = await openDoor(openSqlite);
    const id = freshId();
    const link = await linkTo(door, id);
    const [own, others] = [await link.open(), await (await linkTo(door, freshId())).open()];
    for (const token of ["", "v1.k1.x", link.path.slice("/links/".length), formTokenOf(others.html)]) {
      const { status, html } = await link.decide("resolve", "keep this", token);
      expect([status, html.includes("keep this")]).toEqual([400, true]);
    }
    door.clock.now += 24 * 60 * 60 * 1_000;
    expect((await link.decide("resolve", "", formTokenOf(own.html))).status).toBe(400);
    expect((await door.ask("GET", `/promises/${id}`)).body.state).toBe("PENDING");
    expect((await link.decide("resolve")).status).toBe(303);
    door.close();
  });

  it("refuses what the link does not allow, a comment that is too long, and a form that is", async () => {
    const door = await openDoor(openSqlite);
    const id = freshId();
    const link = await linkTo(door, id);
    for (const outcome of ["cancel", "", "constructor", "__proto__"]) {
      expect((await link.decide(outcome)).status, outcome).toBe(400);
    }
    const tooLong = await link.decide("resolve", "x".repeat(linkLimits.commentBytesMax + 1));
    expect([tooLong.status, tooLong.html.includes("at most 2000 bytes")]).toEqual([400, true]);
    const tooLarge = await link.decide("resolve", "x".repeat(formBytesMax));
    expect([tooLarge.status, titleOf(tooLarge.html)]).toEqual([413, "That was too long"]);
    const damaged = await linkAt(door, `${link.path}x`).decide("resolve", "", "x");
    expect([damaged.status, damaged.html.includes("not counted"), titleOf(damaged.html)]).toEqual([
      404,
      true,
      "This link does not work",
    ]);
    expect((await door.ask("GET", `/promises/${id}`)).body.state).toBe("PENDING");
    door.close();
  });

  it.each([
    [503, new Fault("storeUnavailable", {})],
    [500, new Error("secret detail")],
  ])("tells people, and no details, when something goes wrong: %d", async (status, failure) => {
    const said: Answered[] = [];
    const fail = () => Promise.reject(failure);
    const door = await openDoor(openSqlite, { log: (line) => said.push(line), visits: { open: fail, decide: fail } });
    const opened = await linkAt(door, "/links/x").open();
    expect([opened.status, opened.headers.get("content-type")]).toEqual([status, "text/html; charset=utf-8"]);
    expect(opened.html).toContain("Something went wrong on our side");
    expect(opened.html).not.toContain("secret detail");
    expect(titleOf(opened.html)).toBe("That did not work");
    const sent = await linkAt(door, "/links/x").decide("reject", "a thought", "own form");
    expect([sent.status, formTokenOf(sent.html)]).toEqual([status, "own form"]);
    expect(sent.html).toMatch(/a thought[\s\S]+name="decision" value="reject"/);
    expect(said.at(-1)?.error).toBe(failure);
    door.close();
  });

  it("is shown so many times a minute, and after that says when to come again", async () => {
    const door = await openDoor(openSqlite);
    const [link, other] = [await linkTo(door, freshId()), await linkTo(door, freshId())];
    const form = formTokenOf((await link.open()).html);
    for (let times = 1; times < linkLimits.requestsPerMinuteMax; times++) {
      expect((await link.open()).status).toBe(200);
    }
    for (const tooMuch of [await link.open(), await link.open("HEAD")]) {
      expect([tooMuch.status, tooMuch.headers.get("retry-after")]).toEqual([429, "60"]);
    }
    const { html } = await link.open();
    expect(html).toContain(`more than ${linkLimits.requestsPerMinuteMax} requests for this link`);
    expect(titleOf(html)).toBe("Please wait");
    // What opens it by itself, as mail scanners do, keeps nobody from deciding.
    for (let times = 0; times < linkLimits.requestsPerMinuteMax; times++) {
      expect((await link.decide("resolve", "a thought", "x")).status).toBe(400);
    }
    const kept = await link.decide("resolve", "a thought", form);
    expect([kept.status, titleOf(kept.html), formTokenOf(kept.html)]).toEqual([429, "Please wait", form]);
    expect(kept.html).toMatch(/a thought[\s\S]+name="decision" value="resolve"/);
    expect((await other.open()).status).toBe(200);
    door.clock.now += 60_000;
    expect((await link.open()).status).toBe(200);
    expect((await link.decide("resolve", "a thought", form)).status).toBe(303);
    door.close();
  });
});

describe.each(everyStore)("On %s, whoever decides by a link", (_, open) => {
  it("is let in so many times a minute by all processes together", async () => {
    const { store, close } = await open();
    const shared = async () => ({ store, close: () => {} });
    const doors = [await openDoor(shared), await openDoor(shared), await openDoor(shared)];
    const [first] = doors as [Door];
    const link = await linkTo(first, freshId());
    const form = formTokenOf((await link.open()).html);
    const decide = (at: number) => linkAt(doors[at % doors.length] as Door, link.path).decide("resolve", "yes", form);
    const { requestsPerMinuteMax } = linkLimits;
    for (let times = 0; times < requestsPerMinuteMax; times++) {
      expect((await decide(times)).status).toBe(303);
    }
    for (const at of [0, 1, 2]) {
      const refused = await decide(at);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "20"]);
      expect(refused.html).toContain(`more than ${requestsPerMinuteMax} requests for this link`);
      expect([formTokenOf(refused.html), />yes</.test(refused.html)]).toEqual([form, true]);
    }
    for (const door of doors) {
      door.clock.now += 20_000;
    }
    expect((await decide(1)).status).toBe(303);
    close();
  });
});

describe("Making a link", () => {
  it("takes ids that no path can carry by the query, and ids with slashes by the path", async () => {
    const door = await openDoor(openSqlite);
    for (const id of ["a?b%/c", "a/links", "links", "x/links/y"]) {
      await door.ask("POST", "/promises", { id, timeout: later });
      const query = `promiseId=${encodeURIComponent(id)}`;
      const byQuery = await door.ask("POST", `/links?${query}`, { outcomes: ["resolve"] });
      const byPath = await door.ask("POST", `/promises/${encodeURI(id).replaceAll("?", "%3F")}/links`, {
        outcomes: ["resolve"],
      });
      expect([byQuery, byPath].map(({ body }) => [body.promiseId, body.id])).toEqual([
        [id, "0001"],
        [id, "0002"],
      ]);
      expect((await door.ask("GET", `/links?${query}`)).body.links).toHaveLength(2);
      expect((await door.ask("GET", `/promises/${encodeURIComponent(id)}`)).body.id).toBe(id);
    }
    door.close();
  });

  it("ends a link at its promise's deadline at the latest, and refuses terms that are none", async () => {
    const door = await openDoor(openSqlite);
    const id = freshId();
    await door.ask("POST", "/promises", { id, timeout: later });
    const mint = (body: object) => door.ask("POST", `/promises/${id}/links`, body);
    expect((await mint({ outcomes: ["cancel"], expiresOn: later + 5 })).body.expiresOn).toBe(later);
    for (const body of [
      {},
      { outcomes: [] },
      { outcomes: ["resolve", "resolve"] },
      { outcomes: ["resolve"], expiresOn: door.clock.now },
      { outcomes: ["resolve"], label: "x".repeat(linkLimits.labelBytesMax + 1) },
      { outcomes: ["resolve"], from: "\ud800" },
      { outcomes: ["resolve"], question: "ü".repeat(linkLimits.questionBytesMax / 2 + 1) },
      { outcomes: ["resolve"], encoding: "xml" },
    ]) {
      expectRefusal(await mint(body), 400, 40000);
    }
    expectRefusal(
      await mint({ outcomes: ["resolve"], value: { data: "x".repeat(linkLimits.valueBytesMax) } }),
      413,
      41300,
    );
    expect((await door.ask("GET", `/links?promiseId=${id}`)).body.links).toHaveLength(1);
    door.close();
  });
});
