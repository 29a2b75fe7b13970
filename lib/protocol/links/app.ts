/**
 * The door for people: a link opens a page, and a button there decides. Opening changes nothing, whoever or whatever opens
 * it: mail scanners and previews ask for what they find in a message.
 *
 * @module
 */

import type { Context, Hono, MiddlewareHandler } from "hono";
import {
  type EpochMs,
  Fault,
  type FaultCode,
  isFault,
  type LinkOutcome,
  linkLimits,
  mayDecide,
  type Person,
  type SignInTerms,
  verdicts,
} from "#lib/core/index.ts";
import type { Sealer } from "#lib/ports/sealer.ts";
import type { SignIn } from "#lib/ports/sign-in.ts";
import type { RequestMoment } from "#lib/ports/store.ts";
import { rateLimit } from "#lib/service/rate.ts";
import type { Answer, Visit, Visits } from "#lib/service/visits.ts";
import type { Addresses } from "../addresses.ts";
import type { DoorEnv } from "../context.ts";
import { type LinkPage, linkPage, pagePolicy, type Shown, type troubles } from "./page.ts";
import { cameBack, type People, peopleOf } from "./people.ts";

export interface LinkPageParts {
  readonly visits: Visits;
  readonly sealer: Sealer;
  readonly addresses: Addresses;
  /** Where people sign in; absent: nowhere. */
  readonly signIn?: SignIn;
}

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
export function linkPages(app: Hono<DoorEnv>, parts: LinkPageParts): void {
  const { visits, sealer } = parts;
  const forms = formsOf(sealer);
  const people = peopleOf(parts);
  const { show, orTrouble, limited } = showing(forms, sealer, people);

  app.get("/links/:token", limited("link.open"), orTrouble(open));

  /** Whatever stands in the query, nothing is decided here. */
  async function open(c: Context<DoorEnv>, token: string): Promise<Response> {
    if (token === cameBack) {
      return (await people?.welcome(c)) ?? show(c, { kind: "unknown" }, { status: 400, trouble: "notSignedIn" });
    }
    const visit = await visits.open(token, c.get("request"));
    const isSigningIn = c.req.query("sign-in") !== undefined && "link" in visit && visit.link.signIn !== undefined;
    return (isSigningIn && (await people?.send(c, token))) || show(c, visit);
  }

  app.post("/links/:token", limited("link.decide"), orTrouble(decide));

  async function decide(c: Context<DoorEnv>, token: string): Promise<Response> {
    const request = c.get("request");
    const by = await people?.signedIn(c, token);
    const { form, outcome, comment } = await readForm(c);
    const again = async (trouble: keyof typeof troubles) =>
      show(c, await visits.open(token, request), { status: 400, comment, trouble });
    if (!(await forms.isOf(token, form, request, by))) {
      return again("stale");
    }
    if (!isOutcome(outcome)) {
      return again("nothing");
    }
    try {
      const given = { outcome, ...(comment !== "" && { comment }) };
      const answer = { ...given, ...sender(c), ...(by && { by }) };
      const { visit, isNew } = await visits.decide(token, answer, request);
      // The page that follows is one that can be looked at again: neither the back button nor a reload sends anything.
      return isNew || isRepeated(visit, given)
        ? new Response(null, { status: 303, headers: { ...headers, location: `./${token}` } })
        : show(c, visit, { status: 409, ...(visit.kind === "settled" && { trouble: "late" }) });
    } catch (error) {
      if (isFault(error) && (error.code === "invalid" || error.code === "forbidden")) {
        return again(error.code === "invalid" ? "comment" : "nothing");
      }
      throw error;
    }
  }
}

/** Whether the same was decided by this link before: a button that was pressed twice. */
const isRepeated = (visit: Visit, { outcome, comment }: Answer): boolean =>
  visit.kind === "settled" && visit.link.decision?.outcome === outcome && visit.link.decision.comment === comment;

/** Ways to answer with a page. */
function showing(forms: ReturnType<typeof formsOf>, sealer: Sealer, people: People | undefined) {
  const isTooMuch = rateLimit();

  /** The page as it is for whoever has opened it now. */
  const show = async (c: Context<DoorEnv>, visit: Visit, more: Partial<LinkPage> = {}) => {
    const request = c.get("request");
    const token = c.req.param("token") ?? "";
    const signIn = "link" in visit ? visit.link.signIn : undefined;
    const person = signIn && (await people?.signedIn(c, token));
    const shown = signIn === undefined ? visit : seenBy(person, signIn, visit);
    const formToken = shown.kind === "open" ? await forms.make(token, request, person) : "";
    const page = linkPage({ visit: shown, formToken, now: request.now, ...(person && { person }), ...more });
    return new Response(String(page), { status: more.status ?? statusOf(shown), headers });
  };

  const busy = async (c: Context<DoorEnv>, waitMs: number) => {
    const answer = await show(c, { kind: "unknown" }, { status: 429, trouble: "busy" });
    answer.headers.set("retry-after", String(Math.ceil(waitMs / 1_000)));
    return answer;
  };

  /** People are told in words of their own what went wrong; the log has the rest. */
  const orTrouble =
    (answer: (c: Context<DoorEnv>, token: string) => Promise<Response>) => async (c: Context<DoorEnv>) => {
      try {
        return await answer(c, c.req.param("token") ?? "");
      } catch (error) {
        if (isFault(error) && error.code === "tooManyRequests") {
          return busy(c, error.details.waitMs);
        }
        c.set("failure", error);
        const status = isFault(error) ? tellings[error.code] : undefined;
        const trouble = status === 413 ? "large" : "failed";
        return show(c, { kind: "unknown" }, { status: status ?? 500, trouble });
      }
    };

  /** Says that it is asked for too often, before anything is looked at. */
  const limited =
    (verb: string): MiddlewareHandler<DoorEnv> =>
    async (c, next) => {
      c.set("subject", { verb });
      const token = c.req.param("token") ?? "";
      // Who comes back from signing in is counted by what was kept of that.
      const name = token === cameBack ? (c.req.header("cookie") ?? "") : token;
      const waitMs = isTooMuch(sealer.hash(name), c.get("request").now, linkLimits.requestsPerMinuteMax);
      return waitMs === undefined ? next() : busy(c, waitMs);
    };

  return { show, orTrouble, limited };
}

/** A form is of one link, and of whoever has signed in to see it. */
const shownTo = (token: string, person: Person | undefined): string =>
  person === undefined ? token : JSON.stringify([token, person.issuer, person.subject]);

/** What somebody is shown of a link that asks to sign in. */
function seenBy(person: Person | undefined, signIn: SignInTerms, visit: Visit): Shown {
  if (person === undefined) {
    return { kind: "signIn" };
  }
  return mayDecide(signIn, person) ? visit : { kind: "notYou", person };
}

/** Form tokens: each is of one link, and of a page that was sent not long ago. */
const formsOf = (sealer: Sealer) => ({
  make: (token: string, request: RequestMoment, person?: Person): Promise<string> =>
    sealer.seal("form", JSON.stringify([sealer.hash(shownTo(token, person)), request.now + formMs]), request),

  async isOf(token: string, form: string, request: RequestMoment, person?: Person): Promise<boolean> {
    const text = await sealer.open("form", form, request);
    const [hash, until] = text === undefined ? ["", 0] : (JSON.parse(text) as readonly [string, EpochMs]);
    return sealer.isSame(hash, sealer.hash(shownTo(token, person))) && request.now < until;
  },
});

/** Faults that are not the same to people as an error of the service. */
const tellings: Partial<Record<FaultCode, number>> = { tooLarge: 413, storeUnavailable: 503 };

const isOutcome = (text: string): text is LinkOutcome => Object.hasOwn(verdicts, text);

/** @throws Fault `tooLarge` */
async function readForm(c: Context): Promise<{ form: string; outcome: string; comment: string }> {
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
  const sent = new URLSearchParams(Buffer.from(bytes).toString("utf8"));
  const [form = "", outcome = "", comment = ""] = ["form", "decision", "comment"].map((name) => sent.get(name) ?? "");
  return { form, outcome, comment: comment.replaceAll("\r\n", "\n").trim() };
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

function statusOf({ kind }: Shown): number {
  return { unknown: 404, revoked: 410, expired: 410, open: 200, settled: 200, signIn: 200, notYou: 403 }[kind];
}
