/** Links where access is controlled: whoever has one needs no credential, and no log says what it was. */

import { expect, it } from "vitest";
import { sealer } from "#lib/access/sealer.ts";
import { formTokenOf, later } from "../support/links.ts";
import { openGuarded } from "./guarded.ts";

it("A link decides without a credential, and stands in no line of the log", async () => {
  const guarded = await openGuarded();
  const key = await guarded.keyFor({ prefix: "mine/" });
  await guarded.ask(key, "POST", "/promises", { id: "mine/p", timeout: later });
  const made = await guarded.ask(key, "POST", "/promises/mine/p/links", { outcomes: ["resolve"], question: "why?" });
  const { pathname } = new URL(made.body.url);
  const page = await guarded.ask(undefined, "GET", pathname);
  expect([page.status, page.headers.get("www-authenticate")]).toEqual([200, null]);

  const form = formTokenOf(page.text);
  const body = new URLSearchParams({ form, decision: "resolve", comment: "a comment" });
  expect((await guarded.fetch(pathname, { method: "POST", body })).status).toBe(303);
  expect((await guarded.ask(key, "GET", "/promises/mine/p")).body.state).toBe("RESOLVED");

  for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
    expect((await guarded.ask(undefined, method, pathname)).status, method).toBe(401);
  }
  const log = guarded.lines.join("");
  expect(log).toContain('"verb":"link.decide"');
  for (const secret of [pathname.slice("/links/".length), form, "a comment", "why?"]) {
    expect(log).not.toContain(secret);
  }
  guarded.close();
});

it("A link of the first version is opened by every later one, as long as its key is kept", async () => {
  const made =
    "v1.k1.iUdVwy3o5DZip2MAwugiq1EMEeEJ-KG4CgiB2lzBOSRsykubrV1oGwqhLoRNyCSTeFCGlOkVBdAaa3IR3bVaNH_Wn9daHkcKohVBgqfrds6-_jM755oGrBk8";
  const ring = {
    k1: "golden-secret-golden-secret-golden-secret00",
    k2: "another-secret-another-secret-another-secret",
  };
  const opened = await sealer(async () => ring).open("link", made, { now: 0, cost: { roundTrips: 0 } });
  expect(JSON.parse(opened ?? "")).toEqual(["trip/1", "0001", ["resolve", "reject"], later, "json", ""]);
});
