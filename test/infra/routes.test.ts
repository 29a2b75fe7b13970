import { expect, it } from "vitest";
import { dryRunRoute, providerRoutes, routes } from "#lib/protocol/routes.ts";
import { openDoor } from "../support/door.ts";
import { openSqlite } from "../support/stores.ts";

it("every route that the gateway passes on is one that the door knows", async () => {
  const { ask, close } = await openDoor(openSqlite);
  for (const [method, path] of routes.filter(([, path]) => path !== "/docs" && path !== "/links/{token}")) {
    const { body } = await ask(
      method === "ANY" ? "GET" : method,
      path.replace("{id+}", path.startsWith("/messages") ? "x/replay" : "subscribe/x"),
    );
    expect(body.error?.message, `${method} ${path}`).not.toBe("no such route; /docs lists them");
  }
  close();
});

it("every documented route is one that the gateway passes on", async () => {
  const { ask, close } = await openDoor(openSqlite);
  const { body } = await ask("GET", "/openapi.json");
  const documented = Object.entries(body.paths as Record<string, object>).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  // What a gateway's `{id+}` takes in: at least one segment, and all behind it.
  const passed = [...routes, ...providerRoutes, dryRunRoute].map(
    ([method, path]) => new RegExp(`^${method} ${path.replace("{id+}", ".+")}$`),
  );
  expect(documented.length).toBeGreaterThan(0);
  expect(documented.filter((route) => !passed.some((pattern) => pattern.test(route)))).toEqual([]);
  close();
});
