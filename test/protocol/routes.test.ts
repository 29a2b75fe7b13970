import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor } from "../support/door.ts";
import { expectRefusal } from "../support/refusal.ts";
import { openSqlite } from "../support/stores.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

let door: Door;

beforeAll(async () => {
  door = await openDoor(openSqlite);
  await door.ask("POST", "/promises", { id: "p", timeout: 9e15 });
});
afterAll(() => door.close());

const ask = (method: string, path: string) => door.ask(method, path, method === "GET" ? undefined : {});

describe("What is not served", () => {
  it.each(["/tasks", "/tasks/claim", "/tasks/claim/x/1", "/tasks/complete/x/1"])(
    "%s is gone: 410 to every method, with a word on where it is now",
    async (path) => {
      for (const method of methods) {
        const reply = await ask(method, path);
        expectRefusal(reply, 410, 41000);
        expect(reply.body.error.message).toContain("POST /");
      }
    },
  );

  it.each(["/promises/task", "/promises/callback"])(
    "a POST of %s is gone: 410; a GET reads the promise of that name",
    async (path) => {
      expectRefusal(await ask("POST", path), 410, 41000);
      expectRefusal(await ask("GET", path), 404, 40400);
    },
  );

  it.each([
    "/nothing",
    "/promisesx",
    "/Promises",
    "/health/",
    "/health/x",
    "//promises/p",
    "/docs/x",
    "/favicon.ico",
    "/schedulesx",
    "/messages/m",
    "/messages/m/n",
    "/messages/m/n/replay",
    "/.env",
  ])("%s is no route: 404 to every method", async (path) => {
    for (const method of methods) {
      expectRefusal(await ask(method, path), 404, 40400);
    }
  });

  it.each([
    ["/promises", ["GET", "POST"]],
    ["/promises/p", ["GET", "PATCH"]],
    ["/promises/a/b", ["GET", "PATCH"]],
    ["/schedules", ["GET", "POST"]],
    ["/schedules/s", ["DELETE", "GET"]],
    ["/schedules/a/b", ["DELETE", "GET"]],
    ["/messages", ["GET"]],
    ["/messages/replay", ["POST"]],
    ["/messages/m/replay", ["POST"]],
    ["/links", ["DELETE", "GET", "POST"]],
    ["/health", ["GET"]],
    ["/ready", ["GET"]],
    ["/openapi.json", ["GET"]],
    ["/docs", ["GET"]],
  ])("%s takes %j and says so to every other method", async (path, allowed) => {
    for (const method of methods.filter((each) => !allowed.includes(each))) {
      const reply = await ask(method, path);
      expectRefusal(reply, 405, 40500);
      const allow = reply.headers.get("allow")?.split(", ") ?? [];
      expect(allow.filter((each) => each !== "HEAD").sort()).toEqual(allowed);
      expect(reply.body.error.message).toContain(allowed[0]);
    }
  });
});

describe("A path of the promises' own", () => {
  it.each(["/promises/", "/promises/subscribe/"])("%s has an empty id, which no promise has", async (path) => {
    const reply = await ask("POST", path);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expectRefusal(reply, reply.status, reply.body.error.code);
  });
});

describe("HEAD", () => {
  it.each(["/health", "/promises/p", "/promises?id=*", "/openapi.json", "/promises/none", "/nothing", "/promises"])(
    "of %s answers as GET does, without its body",
    async (path) => {
      const [head, get] = [await door.ask("HEAD", path), await door.ask("GET", path)];
      expect({ status: head.status, type: head.headers.get("content-type"), body: head.body }).toEqual({
        status: get.status,
        type: get.headers.get("content-type"),
        body: null,
      });
    },
  );
});

describe("An answer", () => {
  it.each(["/health", "/ready"])("to the question for %s is that all is well", async (path) => {
    const { status, headers, body } = await door.ask("GET", path);
    expect({ status, type: headers.get("content-type"), body }).toEqual({
      status: 200,
      type: "application/json; charset=utf-8",
      body: { status: "ok" },
    });
  });

  it.each(["/promises/p", "/promises?id=*", "/openapi.json"])("to %s says that it is JSON, in UTF-8", async (path) => {
    expect((await door.ask("GET", path)).headers.get("content-type")).toBe("application/json; charset=utf-8");
  });

  it("to a completion of what is not there is 404, whatever is wrong with nothing else", async () => {
    expectRefusal(await door.ask("PATCH", "/promises/none", { state: "RESOLVED" }), 404, 40400);
  });
});
