import { expect } from "vitest";
import { z } from "zod";
import type { Reply } from "./door.ts";

/** The one shape in which anything is refused, down to its last field (`protocol/rest.md` 8). */
const errorBody = z.strictObject({
  error: z.strictObject({
    code: z.number().int().min(40_000).max(59_999),
    message: z.string().min(1),
    details: z.array(
      z.strictObject({
        "@type": z.enum(["RequestError", "FieldValidationError", "ServerError"]),
        message: z.string().min(1),
        domain: z.enum(["request", "server"]),
        metadata: z.record(z.string(), z.string()),
      }),
    ),
  }),
});

/** A code begins with the status that it comes with. */
const statusOf = (code: number): number => Math.floor(code / 100);

/** What is wrong with a refusal's form; nothing, where it is as documented. */
export function flawsOf({ status, headers, body }: Reply): readonly string[] {
  const parsed = errorBody.safeParse(body);
  return [
    ...(parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)),
    ...(parsed.success && statusOf(parsed.data.error.code) !== status
      ? [`code ${parsed.data.error.code} with ${status}`]
      : []),
    ...(headers.get("content-type") === "application/json; charset=utf-8" ? [] : ["it is not said to be JSON"]),
    ...(headers.has("location") ? ["it has a location"] : []),
  ];
}

/** Expects a refusal, in its documented form. */
export function expectRefusal(reply: Reply, status: number, code: number): void {
  expect({ status: reply.status, code: reply.body?.error?.code, flaws: flawsOf(reply) }).toEqual({
    status,
    code,
    flaws: [],
  });
}

/** Expects a request to be refused as invalid, its details to be these and no others. */
export function expectInvalid(reply: Reply, ...messages: readonly unknown[]): void {
  expectRefusal(reply, 400, 40000);
  expect(reply.body.error.details.map(({ message }: { message: string }) => message)).toEqual(messages);
}
