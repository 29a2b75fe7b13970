/**
 * The door for people: a link opens a page, and a button there decides. Opening changes nothing, whoever or whatever opens
 * it: mail scanners and previews ask for what they find in a message.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import { type EpochMs, Fault, isFault, type LinkOutcome, linkLimits, verdicts } from "#lib/core/index.ts";
import type { Sealer } from "#lib/ports/sealer.ts";
import type { Visit, Visits } from "#lib/service/links.ts";
import type { DoorEnv } from "../context.ts";
import { type LinkPage, linkPage, pagePolicy } from "./page.ts";
import { rateLimit } from "./rate.ts";

export interface LinkPageParts {
  readonly visits: Visits;
  readonly sealer: Sealer;
}

/** Requests for one link in a minute, each process for itself. */
export const linkRequestsPerMinuteMax = 60;

/** Bytes of a form: a comment, each of its bytes escaped, and the rest. */
export const formBytesMax = 16_384;

/** For how long a page that stands open can be sent off. */
const formMs = 24 * 60 * 60 * 1_000;

/** Characters of what a browser calls itself that are kept. */
const userAgentLengthMax = 300;

const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": pagePolicy,
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex, nofollow",
  "x-content-type-options": "nosniff",
};

/** Adds the page to an app. */
export function linkPages(app: Hono<DoorEnv>, { visits, sealer }: LinkPageParts): void {
  const isTooMuch = rateLimit(linkRequestsPerMinuteMax);

  const show = async (c: Context<DoorEnv>, visit: Visit, token: string, more: Partial<LinkPage> = {}) => {
    const request = c.get("request");
    const formToken =
      visit.kind === "open"
        ? await sealer.seal("form", JSON.stringify([sealer.hash(token), request.now + formMs]), request)
        : "";
    const page = linkPage({ visit, formToken, now: request.now, ...more });
    return new Response(String(await page), { status: more.status ?? statusOf(visit), headers });
  };

  const limited = (c: Context<DoorEnv>, token: string): Response | undefined => {
    const waitMs = isTooMuch(sealer.hash(token), c.get("request").now);
    return waitMs === undefined
      ? undefined
      : new Response(String(linkPage({ visit: { kind: "unknown" }, formToken: "", now: 0, trouble: "busy" })), {
          status: 429,
          headers: { ...headers, "retry-after": String(Math.ceil(waitMs / 1_000)) },
        });
  };

  app.get("/links/:token", async (c) => {
    c.set("subject", { verb: "link.open" });
    const token = c.req.param("token");
    return limited(c, token) ?? show(c, await visits.open(token, c.get("request")), token);
  });

  app.post("/links/:token", async (c) => {
    c.set("subject", { verb: "link.decide" });
    const token = c.req.param("token");
    const tooMuch = limited(c, token);
    if (tooMuch !== undefined) {
      return tooMuch;
    }
    const request = c.get("request");
    const form = await readForm(c);
    const comment = (form.get("comment") ?? "").replaceAll("\r\n", "\n").trim();
    const outcome = form.get("decision") ?? "";
    const again = async (trouble: NonNullable<LinkPage["trouble"]>) =>
      show(c, await visits.open(token, request), token, { status: 400, trouble, comment });
    if (!(await isOurs(form.get("form") ?? "", token))) {
      return again("stale");
    }
    if (!isOutcome(outcome)) {
      return again("nothing");
    }
    try {
      const answer = { outcome, ...(comment !== "" && { comment }), ...sender(c) };
      const { visit, isNew } = await visits.decide(token, answer, request);
      // The page that follows is one that can be looked at again: neither the back button nor a reload sends anything.
      return isNew
        ? new Response(null, { status: 303, headers: { ...headers, location: `./${token}` } })
        : show(c, visit, token, { status: 409, ...(visit.kind === "settled" && { trouble: "late" }) });
    } catch (error) {
      if (isFault(error) && ["invalid", "forbidden"].includes(error.code)) {
        return again(error.code === "invalid" ? "comment" : "nothing");
      }
      throw error;
    }

    async function isOurs(sent: string, of: string): Promise<boolean> {
      const text = await sealer.open("form", sent, request);
      if (text === undefined) {
        return false;
      }
      const [hash, until] = JSON.parse(text) as readonly [string, EpochMs];
      return sealer.isSame(hash, sealer.hash(of)) && request.now < until;
    }
  });
}

const isOutcome = (text: string): text is LinkOutcome => Object.hasOwn(verdicts, text);

/** @throws Fault `tooLarge` */
async function readForm(c: Context): Promise<URLSearchParams> {
  const bytes = await c.req.arrayBuffer();
  if (bytes.byteLength > formBytesMax) {
    throw new Fault("tooLarge", {
      violations: [
        {
          field: "body",
          message: `body must be at most ${formBytesMax} bytes, a comment ${linkLimits.commentBytesMax}`,
        },
      ],
    });
  }
  return new URLSearchParams(Buffer.from(bytes).toString("utf8"));
}

/** From where an answer comes, as far as the platform knows. */
function sender(c: Context): { userAgent?: string; ip?: string } {
  const userAgent = c.req.header("user-agent")?.toWellFormed().slice(0, userAgentLengthMax);
  const { event, incoming } = (c.env ?? {}) as {
    event?: { requestContext?: { http?: { sourceIp?: string } } };
    incoming?: { socket?: { remoteAddress?: string } };
  };
  const ip = event?.requestContext?.http?.sourceIp ?? incoming?.socket?.remoteAddress;
  return { ...(userAgent && { userAgent }), ...(ip && { ip }) };
}

function statusOf({ kind }: Visit): number {
  return { unknown: 404, revoked: 410, expired: 410, open: 200, settled: 200 }[kind];
}
