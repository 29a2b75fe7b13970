/**
 * The page behind a link: one file of HTML that works without a script, on a phone, with a keyboard and a screen reader. It
 * shows nothing of the promise but what the link's maker chose to show.
 *
 * @module
 */

import { hash } from "node:crypto";
import { html, raw } from "hono/html";
import {
  type EpochMs,
  type Link,
  type LinkOutcome,
  linkLimits,
  type Person,
  type PromiseState,
} from "#lib/core/index.ts";
import type { Visit } from "#lib/service/visits.ts";
import type { Sent } from "./forms.ts";
import { style } from "./style.ts";
import { headings, type Trouble, troubles } from "./troubles.ts";

type Html = ReturnType<typeof html>;

/** What is shown: a visit, unless whoever comes must sign in first, or is somebody else than was asked. */
export type Shown = Visit | { readonly kind: "signIn" } | { readonly kind: "notYou"; readonly person: Person };

export interface LinkPage {
  readonly visit: Shown;
  /** Empty where there is nothing to decide. */
  readonly formToken: string;
  readonly now: EpochMs;
  readonly status?: number;
  /** Why the request was not done. */
  readonly trouble?: Trouble;
  /** What was sent, and did not decide. */
  readonly sent?: Sent;
  /** Who has signed in for this link. */
  readonly person?: Person;
}

export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${hash("sha256", style, "base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const buttons: Readonly<Record<LinkOutcome, string>> = { resolve: "Approve", reject: "Reject", cancel: "Cancel it" };

const outcomes: Readonly<Record<Exclude<PromiseState, "pending">, { word: string; mark: string }>> = {
  resolved: { word: "Approved", mark: "yes" },
  rejected: { word: "Rejected", mark: "no" },
  rejected_canceled: { word: "Canceled", mark: "no" },
  rejected_timedout: { word: "Nobody decided in time", mark: "none" },
};

export function linkPage(page: LinkPage): Html {
  const { visit, trouble } = page;
  const heading = trouble && headings[trouble];
  const { title, body } =
    heading === undefined ? bodyOf(page) : { title: heading, body: html`<h1>${heading}</h1>${sendAgain(page)}` };
  const label = "link" in visit ? visit.link.label : undefined;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${label === undefined ? title : `${title}: ${label}`}</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
${trouble === undefined ? "" : html`<p class="trouble" role="alert">${troubles[trouble]}</p>`}
${body}
</main>
</body>
</html>
`;
}

function bodyOf(page: LinkPage): { title: string; body: Html } {
  const { visit } = page;
  switch (visit.kind) {
    case "unknown":
      return told(
        "This link does not work",
        "It is damaged or no longer known. Please open it again from the message, or ask for a new one.",
      );
    case "revoked":
      return told(
        "This link was withdrawn",
        "Whoever sent it has taken it back. Nothing can be decided by it.",
        visit.link,
      );
    case "expired":
      return {
        title: "This link has expired",
        body: html`${asked(visit.link)}<h2>This link has expired</h2>
<p>It could be used until ${time(visit.link.expiresAt)}. Nothing was decided by it.</p>`,
      };
    case "settled":
      return {
        title: visit.end.state === "rejected_timedout" ? outcomes.rejected_timedout.word : "Decided",
        body: settled(visit),
      };
    case "open":
      return { title: "Your decision", body: form(page, visit.link) };
    case "signIn":
      if (page.trouble === "signedOut") {
        return {
          title: "Please sign in again",
          body: html`<h1>Please sign in again</h1>
<p>Signing in counts for an hour. The page to sign in opens beside this one: come back here to send what you wrote.</p>
<p><a class="button" href="?sign-in" target="_blank" rel="noopener">Sign in</a></p>
${sendAgain(page)}`,
        };
      }
      return {
        title: "Please sign in",
        body: html`<h1>Please sign in</h1>
<p>Whoever sent you this link wants to know who decides. Sign in to see what is asked.</p>
<p><a class="button" href="?sign-in">Sign in</a></p>`,
      };
    case "notYou":
      return {
        title: "Somebody else is asked",
        body: html`<h1>Somebody else is asked</h1>
<p>You are signed in as <strong>${calledOf(visit.person)}</strong>, who cannot decide by this link.</p>
<p><a class="button" href="?sign-in=anew">Sign in as somebody else</a></p>`,
      };
  }
}

const told = (title: string, text: string, link?: Link): { title: string; body: Html } => ({
  title,
  body: html`${link?.label === undefined ? "" : html`<p class="label">${link.label}</p>`}<h1>${title}</h1><p>${text}</p>`,
});

/** What is asked, and by whom. */
const asked = ({ label, from, question }: Link): Html => html`<header>
${label === undefined || question === undefined ? "" : html`<p class="label">${label}</p>`}
<h1>${question ?? label ?? "Your decision is asked for"}</h1>
${from === undefined ? "" : html`<p class="from">Asked by <strong>${from}</strong></p>`}
</header>`;

/** How a person is called. */
const calledOf = ({ email, name, subject }: Person): string => email ?? name ?? subject;

const commentField = (
  comment: string,
): Html => html`<label for="comment">Comment <span class="soft">(optional)</span></label>
<textarea id="comment" name="comment" rows="3" maxlength="${linkLimits.commentBytesMax}">${comment}</textarea>`;

const button = (outcome: LinkOutcome): Html =>
  html`<button class="${outcome}" name="decision" value="${outcome}">${buttons[outcome]}</button>`;

/** What was sent, to be sent once more: nothing but what its sender knows. */
function sendAgain({ sent }: LinkPage): Html | "" {
  return sent?.outcome === undefined
    ? ""
    : html`<form method="post" autocomplete="off">
<input type="hidden" name="form" value="${sent.form}">
${commentField(sent.comment)}
<div class="buttons" role="group" aria-label="Your decision, once more">
${button(sent.outcome)}
</div>
</form>`;
}

function form({ formToken, now, sent, person }: LinkPage, link: Link): Html {
  return html`${asked(link)}
${person === undefined ? "" : html`<p class="soft">You are signed in as <strong>${calledOf(person)}</strong>.</p>`}
<form method="post" autocomplete="off">
<input type="hidden" name="form" value="${formToken}">
${commentField(sent?.comment ?? "")}
<div class="buttons" role="group" aria-label="Your decision">
${link.outcomes.map(button)}
</div>
</form>
<p class="soft until">You can decide until ${time(link.expiresAt)}, ${left(link.expiresAt - now)} from now.</p>`;
}

function settled({ link, end, by }: Extract<Visit, { kind: "settled" }>): Html {
  const { word, mark } = outcomes[end.state as keyof typeof outcomes];
  const how = by === undefined ? "by other means" : `by ${nameOf(by, link)}`;
  const comment = by?.id === link.id ? by.decision?.comment : undefined;
  return html`${asked(link)}
<section class="decided ${mark}" aria-labelledby="decided">
<h2 id="decided">${word}</h2>
<p>${end.state === "rejected_timedout" ? "The time was over" : `Recorded ${how}`} on ${time(end.settledAt ?? 0)}.</p>
${comment === undefined ? "" : html`<blockquote>${comment}</blockquote>`}
</section>
<p class="soft">There is nothing more to do. You can close this page.</p>`;
}

/** How one link is called to whoever has another: nothing that only the other shows. */
const nameOf = (by: Link, own: Link): string =>
  by.id === own.id
    ? by.decision?.by === undefined
      ? "this link"
      : `${calledOf(by.decision.by)}, by this link,`
    : `another link (number ${Number(by.id)})`;

const inWords = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short", timeZone: "UTC" });
const latest = 8.64e15;

function time(at: EpochMs): Html {
  if (at > latest) {
    return html`the end of time`;
  }
  const date = new Date(at);
  return html`<time datetime="${date.toISOString()}">${inWords.format(date)} UTC</time>`;
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** A length of time in the largest unit of which there are two. */
function left(ms: number): string {
  const [unit, size] = units.find(([, each]) => ms >= 2 * each) ?? units[3];
  const count = Math.max(1, Math.floor(ms / size));
  return `${count.toLocaleString("en")} ${unit}${count === 1 ? "" : "s"}`;
}
