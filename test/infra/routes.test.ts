import { expect, it } from "vitest";
import { routes } from "#lib/protocol/routes.ts";
import { openDoor } from "../support/door.ts";
import { openSqlite } from "../support/stores.ts";

it("every route that the gateway passes on is one that the door knows", async () => {
  const { ask, close } = await openDoor(openSqlite);
  for (const [method, path] of routes.filter(([, path]) => path !== "/docs")) {
    const { body } = await ask(method === "ANY" ? "GET" : method, path.replace("{id+}", "subscribe/x"));
    expect(body.error?.message, `${method} ${path}`).not.toBe("no such route; /docs lists them");
  }
  close();
});

it("every documented route is one that the gateway passes on", async () => {
  const { ask, close } = await openDoor(openSqlite);
  const { body } = await ask("GET", "/openapi.json");
  const documented = Object.entries(body.paths as Record<string, object>).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace("{id}", "{id+}")}`),
  );
  const passed = routes.map(([method, path]) => `${method} ${path}`);
  expect(documented.length).toBeGreaterThan(0);
  expect(documented.filter((route) => !passed.includes(route as (typeof passed)[number]))).toEqual([]);
  close();
});
