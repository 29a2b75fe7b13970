/** Shapes take long to make: a process that starts makes none, and then those that it is asked for. */

import { expect, it, vi } from "vitest";

const made: string[] = vi.hoisted(() => []);

vi.mock("zod", async (original) => {
  const zod = await original<Record<string, unknown>>();
  const noted = Object.entries(zod).map(([name, exported]) => [
    name,
    typeof exported === "function" && /^[a-z]/.test(name)
      ? (...given: unknown[]) => {
          made.push(name);
          return (exported as (...all: unknown[]) => unknown)(...given);
        }
      : exported,
  ]);
  return Object.fromEntries(noted);
});

it("the doors make no shape before a request needs it", async () => {
  await import("#lib/protocol/app.ts");
  expect(made).toEqual([]);

  const { toSent } = await import("#lib/protocol/rpc/envelope.ts");
  const { CreateBody } = await import("#lib/protocol/rest/schemas.ts");
  expect(made).toEqual([]);
  expect(() => toSent({})).toThrow("Invalid request envelope");
  const first = made.length;
  expect(first).toBeGreaterThan(0);
  expect(() => toSent({})).toThrow("Invalid request envelope");
  expect(made).toHaveLength(first);
  expect(CreateBody()).toBe(CreateBody());
});
