/**
 * What a hook is made with, as this door takes it.
 *
 * @module
 */

import * as z from "zod";
import { hookLimits, limits } from "#lib/core/index.ts";
import { HookDefinition } from "#lib/hooks/definition.ts";
import { object, text } from "../shapes.ts";
import { optional } from "./schemas.ts";

const count = (description: string, example: number, maximum?: number) =>
  optional(z.number({ error: "must be a number" })).meta({
    type: ["integer", "null"],
    description,
    example,
    minimum: 0,
    ...(maximum !== undefined && { maximum }),
  });

export const PutHookBody = z
  .object(
    {
      definition: HookDefinition,
      prefix: optional(text()).meta({
        type: ["string", "null"],
        description: `What every id must begin with that the hook completes, at most ${limits.idBytesMax} bytes. Absent: as it was; of a new hook, all ids that its maker may name.`,
        example: "pay/",
      }),
      secrets: optional(
        z
          .array(text(), { error: "must be a list of strings" })
          .min(1, { error: "must not be empty" })
          .max(hookLimits.secretsMax, { error: `must be at most ${hookLimits.secretsMax}` }),
      ).meta({
        type: ["array", "null"],
        description: `What the provider signs with, ${hookLimits.secretBytesMin} to ${hookLimits.secretBytesMax} bytes each. Of a new hook only, not beside \`version\`: \`POST /hooks/{hook}/secrets\` adds one. They are never shown again.`,
      }),
      bodyBytesMax: count(
        `Bytes of a request's body, ${hookLimits.bodyBytesMax} at most. Absent: ${hookLimits.bodyBytesDefault}.`,
        65536,
        hookLimits.bodyBytesMax,
      ),
      eventsPerMinuteMax: count(
        `Verified events in a minute, ${hookLimits.eventsPerMinuteMax} at most. Absent: ${hookLimits.eventsPerMinuteDefault}.`,
        600,
        hookLimits.eventsPerMinuteMax,
      ),
      keepMs: count(
        `For how many milliseconds an event waits for its promise, ${hookLimits.keepMsMax} at most; 0: not at all. Absent: ${hookLimits.keepMsDefault}, a day.`,
        3600000,
        hookLimits.keepMsMax,
      ),
      version: count("The version that this is to replace. Absent: the hook is to be new.", 1),
    },
    object,
  )
  .meta({ id: "PutHook" });
