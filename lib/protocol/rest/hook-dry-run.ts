/**
 * A request that somebody has at hand, and what it would do.
 *
 * @module
 */

import type { Context } from "hono";
import * as z from "zod";
import { Fault, hookLimits, invalid } from "#lib/core/index.ts";
import type { HookRequest } from "#lib/ports/hook-reader.ts";
import type { Foreseen } from "#lib/service/foresee.ts";
import { object, once, text, textMap } from "../shapes.ts";
import { parseBody } from "./parse.ts";
import { moment, optional } from "./schemas.ts";

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const DryRunBody = once(() =>
  z
    .object(
      {
        method: optional(text()).meta({ type: ["string", "null"], description: "Absent: POST.", example: "POST" }),
        headers: textMap().meta({
          type: "object",
          additionalProperties: { type: "string" },
          description:
            "As the provider has sent them, its signature among them. The case of their names does not matter.",
        }),
        query: optional(text()).meta({
          type: ["string", "null"],
          description: "What stands behind the question mark of the URL.",
        }),
        body: optional(text()).meta({ type: ["string", "null"], description: "The body as text, byte for byte." }),
        bodyBase64: optional(text().regex(base64, { error: "must be base64" })).meta({
          type: ["string", "null"],
          description: "The body in base64, in place of `body`.",
        }),
        at: optional(moment()).meta({
          type: ["integer", "null"],
          format: "int64",
          description: "When it is taken to come in. Absent: now. Signatures grow old.",
        }),
      },
      object,
    )
    .meta({ id: "DryRun" }),
);

/** @throws Fault `invalid`, `tooLarge` */
export async function toDryRun(c: Context, url: string): Promise<{ sent: HookRequest; now: number | undefined }> {
  const { method = "POST", headers, query = "", body, bodyBase64, at } = await parseBody(c, DryRunBody());
  if (body !== undefined && bodyBase64 !== undefined) {
    throw invalid("bodyBase64", "stands in place of body");
  }
  const bytes = bodyBase64 === undefined ? Buffer.from(body ?? "", "utf8") : Buffer.from(bodyBase64, "base64");
  if (bytes.byteLength > hookLimits.bodyBytesMax) {
    throw new Fault("tooLarge", {
      violations: [{ field: "body", message: `body must be at most ${hookLimits.bodyBytesMax} bytes` }],
    });
  }
  return {
    sent: {
      method: method.toUpperCase(),
      url: query === "" ? url : `${url}?${query}`,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      query: new URLSearchParams(query),
      body: new Uint8Array(bytes),
    },
    now: at,
  };
}

const states = {
  pending: "PENDING",
  resolved: "RESOLVED",
  rejected: "REJECTED",
  rejected_canceled: "REJECTED_CANCELED",
  rejected_timedout: "REJECTED_TIMEDOUT",
} as const;

export const toForeseenBody = ({ settlement, promiseState, ...foreseen }: Foreseen) => ({
  ...foreseen,
  ...(settlement !== undefined && {
    settlement: { promiseId: settlement.promiseId, state: states[settlement.state], value: settlement.value },
  }),
  ...(promiseState !== undefined && { promiseState: states[promiseState] }),
});
