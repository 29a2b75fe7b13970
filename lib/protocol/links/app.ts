/**
 * The door for people: a link opens a page, and a button there decides. Opening changes nothing, whoever or whatever opens
 * it: mail scanners and previews ask for what they find in a message.
 *
 * @module
 */

import type { Context, Hono, MiddlewareHandler } from "hono";
import { type FaultCode, isFault, linkLimits, mayDecide, type Person, type SignInTerms } from "#lib/core/index.ts";
import type { Sealer } from "#lib/ports/sealer.ts";
import type { SignIn } from "#lib/ports/sign-in.ts";
import { rateLimit } from "#lib/service/rate.ts";
import type { Answer, Visit, Visits } from "#lib/service/visits.ts";
import type { Addresses } from "../addresses.ts";
import type { DoorEnv } from "../context.ts";
import { formsOf, readForm, type Sent } from "./forms.ts";
import { type LinkPage, linkPage, pagePolicy, type Shown } from "./page.ts";
import { cameBack, type People, peopleOf } from "./people.ts";
import type { Trouble } from "./troubles.ts";

export interface LinkPageParts {
  readonly visits: Visits;
  readonly sealer: Sealer;
  readonly addresses: Addresses;
  /** Where people sign in; absent: nowhere. */
  readonly signIn?: SignIn;
}

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
  const { show, refuse, orTrouble, limited } = showing(forms, sealer, people);

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
    const sent = await readForm(c);
    const { form, outcome, comment } = sent;
    const again = async (trouble: Trouble) => refuse(c, await visits.open(token, request), sent, trouble);
    if (!(await forms.isOf(token, form, request, by))) {
      return again(by === undefined ? "stale" : "staleOrAnothers");
    }
    if (outcome === undefined) {
      return again("nothing");
    }
    try {
      const given = { outcome, ...(comment !== "" && { comment }) };
      const answer = { ...given, ...sender(c), ...(by && { by }) };
      const { visit, isNew } = await visits.decide(token, answer, request);
      // The page that follows is one that can be looked at again: neither the back button nor a reload sends anything.
      return isNew || isRepeated(visit, given)
        ? new Response(null, { status: 303, headers: { ...headers, location: `./${token}` } })
        : refuse(c, visit, sent, "over");
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

/** Why a form did not decide, by what its sender is shown; an open link says so itself. */
function refusalOf(shown: Shown, trouble: Trouble): { status: number; trouble: Trouble } {
  switch (shown.kind) {
    case "open":
      return { status: 400, trouble };
    case "signIn":
      return { status: 400, trouble: "signedOut" };
    case "settled":
      return shown.end.state === "rejected_timedout"
        ? { status: 410, trouble: "over" }
        : { status: 409, trouble: "late" };
    case "expired":
      return { status: 410, trouble: "over" };
    default:
      return { status: statusOf(shown), trouble: "notCounted" };
  }
}

/** Ways to answer with a page. */
function showing(forms: ReturnType<typeof formsOf>, sealer: Sealer, people: People | undefined) {
  const isTooMuch = rateLimit();

  /** The page as it is for whoever has opened it now. */
  const show = async (
    c: Context<DoorEnv>,
    visit: Visit,
    more: Partial<LinkPage> | ((shown: Shown) => Partial<LinkPage>) = {},
  ) => {
    const request = c.get("request");
    const token = c.req.param("token") ?? "";
    const signIn = "link" in visit ? visit.link.signIn : undefined;
    const person = signIn && (await people?.signedIn(c, token));
    const shown = signIn === undefined ? visit : seenBy(person, signIn, visit);
    const formToken = shown.kind === "open" ? await forms.make(token, request, person) : "";
    const told = typeof more === "function" ? more(shown) : more;
    const page = linkPage({ visit: shown, formToken, now: request.now, ...(person && { person }), ...told });
    return new Response(String(page), { status: told.status ?? statusOf(shown), headers });
  };

  /** The same, for whoever has sent a form that did not decide: what was written stands in it. */
  const refuse = (c: Context<DoorEnv>, visit: Visit, sent: Sent, trouble: Trouble) =>
    show(c, visit, (shown) => ({ sent, ...refusalOf(shown, trouble) }));

  /** A page that says what stood in the way, and no more; what was sent can be sent again from it. */
  const trouble = async (c: Context<DoorEnv>, status: number, what: Trouble) => {
    const sent = c.req.method === "POST" && status !== 413 ? await readForm(c).catch(() => undefined) : undefined;
    return show(c, { kind: "unknown" }, { status, trouble: what, ...(sent && { sent }) });
  };

  const busy = async (c: Context<DoorEnv>, waitMs: number) => {
    const answer = await trouble(c, 429, "busy");
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
        return trouble(c, status ?? 500, status === 413 ? "large" : "failed");
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
      // What opens links by itself takes nothing from whoever decides.
      const waitMs = isTooMuch(sealer.hash(`${verb} ${name}`), c.get("request").now, linkLimits.requestsPerMinuteMax);
      return waitMs === undefined ? next() : busy(c, waitMs);
    };

  return { show, refuse, orTrouble, limited };
}

/** What somebody is shown of a link that asks to sign in. */
function seenBy(person: Person | undefined, signIn: SignInTerms, visit: Visit): Shown {
  if (person === undefined) {
    return { kind: "signIn" };
  }
  return mayDecide(signIn, person) ? visit : { kind: "notYou", person };
}

/** Faults that are not the same to people as an error of the service. */
const tellings: Partial<Record<FaultCode, number>> = { tooLarge: 413, storeUnavailable: 503 };

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
