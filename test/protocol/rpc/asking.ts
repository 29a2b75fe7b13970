/** Asks the RPC door, and holds every answer to the envelope's form (`protocol/rpc.md` 1.3). */

import { expect } from "vitest";
import { z } from "zod";
import type { Door } from "../../support/door.ts";

export const version = "2026-04-01";

export interface RpcReply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  readonly data: any;
}

export type Rpc = (kind: string, data?: unknown, head?: object) => Promise<RpcReply>;

const envelope = z.strictObject({
  kind: z.string(),
  head: z.strictObject({ corrId: z.string(), status: z.int(), version: z.literal(version) }),
  data: z.unknown(),
});

/** Whether null stands anywhere: what is absent is left out. */
const hasNull = (json: unknown): boolean =>
  json === null || (typeof json === "object" && Object.values(json as object).some(hasNull));

/** What is wrong with an answer; nothing, where it is as documented. */
export function flawsOf(
  { status, headers, body }: Awaited<ReturnType<Door["ask"]>>,
  echo: { readonly kind: string; readonly corrId: string },
): readonly string[] {
  const parsed = envelope.safeParse(body);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  }
  const { kind, head, data } = parsed.data;
  const isDone = status === 200 || status === 300;
  return [
    ...(kind === echo.kind ? [] : [`kind ${kind} for ${echo.kind}`]),
    ...(head.corrId === echo.corrId ? [] : [`corrId ${head.corrId} for ${echo.corrId}`]),
    ...(head.status === status ? [] : [`head.status ${head.status} with ${status}`]),
    ...(isDone === (typeof data === "object") ? [] : [`data ${JSON.stringify(data)} with ${status}`]),
    ...(!isDone && data === "" ? ["a refusal without a word"] : []),
    ...(hasNull(body) ? ["null stands for what is absent"] : []),
    ...(headers.get("content-type")?.startsWith("application/json") ? [] : ["it is not said to be JSON"]),
  ];
}

let requests = 0;

/** The door, asked kind by kind. */
export const rpcOf =
  (door: Pick<Door, "ask">): Rpc =>
  async (kind, data = {}, head = {}) => {
    const corrId = `c${requests++}`;
    const reply = await door.ask("POST", "/", { kind, head: { corrId, version, ...head }, data });
    expect(flawsOf(reply, { kind, corrId })).toEqual([]);
    return { status: reply.status, data: reply.body.data };
  };
