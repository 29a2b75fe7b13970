/** The description against what is served: every operation of it is there, and nothing beside it answers. */

import { afterAll, describe, expect, it } from "vitest";
import { type Description, operationsOf } from "#lib/protocol/rest/operations.ts";
import { openDoor } from "../support/door.ts";
import { openSqlite } from "../support/stores.ts";

const door = await openDoor(openSqlite);
afterAll(() => door.close());

const { body: description }: { body: Description } = await door.ask("GET", "/openapi.json");

const methods = ["get", "head", "post", "put", "patch", "delete", "options"];
const documented = operationsOf(description).map(({ method, path }) => `${method} ${path}`);

describe("The description", () => {
  it("is of OpenAPI 3.1, with an id of its own for each operation, and points only at what is in it", () => {
    expect(description.openapi).toMatch(/^3\.1\.\d+$/);
    expect(description.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    const ids = operationsOf(description).map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) => path);
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references) {
      const target = reference.split("/").reduce<unknown>((part, name) => Object(part)[name], description);
      expect(target, reference).toBeTypeOf("object");
    }
  });

  it("names the parameters of each path, and no others", () => {
    for (const { path, operation } of operationsOf(description)) {
      const inPath = operation.parameters?.filter((parameter) => parameter.in === "path") ?? [];
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(inPath.map(({ name }) => name)).toEqual(named);
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  it("lists exactly what is served", async () => {
    const paths = new Set(operationsOf(description).map(({ path }) => path));
    const served: string[] = [];
    for (const path of [...paths, "/", "/promises/{id}/complete", "/schedules/{id}/runs", "/messages/{id}", "/tasks"]) {
      for (const method of methods) {
        const { status, headers } = await door.ask(method.toUpperCase(), path.replace(/\{\w+\}/, "a"));
        const isRefused = [405, 410, 501].includes(status) || (status === 404 && !paths.has(path));
        expect(status === 405, `${method} ${path}`).toBe(headers.has("allow"));
        if (!isRefused) {
          served.push(`${method} ${path}`);
        }
      }
    }
    // Whatever can be read can be asked for its head; an id takes in all that stands behind it.
    const heads = documented.filter((each) => each.startsWith("get ")).map((each) => each.replace("get", "head"));
    const behindAnId = [
      ...["get", "head", "patch"].flatMap((method) => [
        `${method} /promises/{id}/complete`,
        `${method} /promises/{id}/links`,
        `${method} /promises/subscribe/{id}`,
      ]),
      ...["get", "head", "delete"].map((method) => `${method} /schedules/{id}/runs`),
    ];
    // The RPC door has a protocol of its own to describe it.
    const own = served.filter((each) => each !== "post /" && !behindAnId.includes(each));
    expect(own.toSorted()).toEqual([...documented, ...heads].toSorted());
  });
});
