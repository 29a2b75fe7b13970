/**
 * The RPC door: every verb of the official SDKs at one path (`protocol/rpc.md` 1).
 *
 * @module
 */

import type { Context, Hono } from "hono";
import { isFault } from "#lib/core/index.ts";
import { demandKind, identify } from "../access.ts";
import { limitBody, toJson } from "../body.ts";
import type { DoorEnv } from "../context.ts";
import { originOf, traceOf } from "../trace.ts";
import { debugVerbs } from "./debug-verbs.ts";
import { echoOf, Refused, respond, type Sent, toSent } from "./envelope.ts";
import { tellFault } from "./fault-status.ts";
import { promiseVerbs } from "./promise-verbs.ts";
import { scheduleVerbs } from "./schedule-verbs.ts";
import { taskVerbs } from "./task-verbs.ts";
import type { Answer, Services, Verb } from "./verb.ts";

/** Every kind of request. A map, so that none can name what every object has. */
const verbs: ReadonlyMap<string, Verb> = new Map([...promiseVerbs, ...taskVerbs, ...scheduleVerbs, ...debugVerbs]);

/** Adds the route of this door to an app. */
export function rpcRoutes(app: Hono<DoorEnv>, services: Services): void {
  app.post("/", async (c) => {
    let body: unknown;
    try {
      await limitBody(c, async () => {
        body = toJson(await c.req.arrayBuffer());
      });
      const sent = toSent(body);
      c.set("corrId", sent.corrId);
      const { status = 200, data } = await answer(c, sent, services);
      return respond(sent, status, data);
    } catch (error) {
      return refuse(c, body, error);
    }
  });
}

async function answer(c: Context<DoorEnv>, sent: Sent, services: Services): Promise<Answer> {
  const { kind, corrId, data } = sent;
  const { debug, addresses, access } = services;
  const verb = verbs.get(kind);
  const named = verb?.subjectOf(data);
  const id = named === undefined ? undefined : addresses.canonical(named).id;
  const caller = access && (await identify(c, access, sent.auth));
  if (caller !== undefined) {
    demandKind(caller, { verb, id });
  }
  if (verb === undefined) {
    c.set("subject", { verb: "unknown" });
    throw new Refused(400, `Unknown operation: ${kind}`);
  }
  if (verb.isDebug && debug === undefined) {
    throw new Refused(403, "Debug operations are disabled");
  }
  c.set("subject", { verb: kind, ...(id !== undefined && { id }) });
  const debugTime = debug === undefined || caller?.isAdmin === false ? undefined : sent.debugTime;
  const request = c.get("request");
  const takeBack = debugTime === undefined ? undefined : debug?.at(debugTime);
  const call = {
    ...services,
    request: debugTime === undefined ? request : { ...request, now: debugTime },
    corrId,
    settledIn: traceOf(c),
    createdIn: originOf(c),
    named: addresses.canonical,
    ...(debugTime !== undefined && { debugTime }),
  };
  try {
    return await verb.run(data, call).finally(() => debug?.idle());
  } catch (error) {
    // What is refused changes nothing, the clock included.
    takeBack?.();
    throw error;
  }
}

/** What went wrong, in one sentence; of what nobody foresaw, nothing: the log has it. */
function refuse(c: Context<DoorEnv>, body: unknown, error: unknown): Response {
  const echo = echoOf(body);
  if (error instanceof Refused) {
    return respond(echo, error.status, error.message);
  }
  c.set("failure", error);
  if (!isFault(error)) {
    return respond(echo, 500, "Internal error");
  }
  const { status, message } = tellFault(error, verbs.get(echo.kind)?.tellings);
  return respond(echo, status, message);
}
