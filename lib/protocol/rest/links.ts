/**
 * The routes by which links are made, listed and ended.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import * as z from "zod";
import { endOfTime, type Link, linkLimits, type SignInTerms, signInLimits } from "#lib/core/index.ts";
import type { Links } from "#lib/service/links.ts";
import type { Addresses, Form } from "../addresses.ts";
import { type DoorEnv, json } from "../context.ts";
import { object, once, text } from "../shapes.ts";
import type { LinkBody } from "./contract-links.ts";
import { parseBody } from "./parse.ts";
import { QueryReader } from "./query.ts";
import { moment, optional, SentPayload } from "./schemas.ts";

/** Adds the routes to an app. */
export function linkRoutes(app: Hono<DoorEnv>, links: Links, addresses: Addresses): void {
  const mint = async (c: Context<DoorEnv>, sentId: string) => {
    const { id: promiseId, form } = addresses.canonical(sentId);
    c.set("subject", { verb: "link.create", id: promiseId });
    const { expiresOn, label, from, question, value, signIn, ...body } = await parseBody(c, CreateLinkBody());
    const what = {
      ...body,
      promiseId,
      ...(value !== undefined && { value }),
      ...(label !== undefined && { label }),
      ...(from !== undefined && { from }),
      ...(question !== undefined && { question }),
      ...(signIn !== undefined &&
        signIn !== false && { signIn: signIn === true ? { anybody: true as const } : signIn }),
      ...(expiresOn !== undefined && { expiresAt: Math.min(expiresOn, endOfTime) }),
    };
    const { link, token } = await links.mint(what, c.get("request"));
    const url = `${addresses.ownUrl}/links/${token}`;
    return json({ url, ...toLinkBody(link, form) }, 201, { "cache-control": "no-store" });
  };

  app.post("/promises/:id/links", (c) => mint(c, c.req.param("id")));
  app.post("/links", (c) => mint(c, namedIn(c, "promiseId").promiseId));

  app.get("/links", async (c) => {
    const { id, form } = addresses.canonical(namedIn(c, "promiseId").promiseId);
    c.set("subject", { verb: "link.search", id });
    const found = await links.list(id, c.get("request"));
    return json({ links: found.map((link) => toLinkBody(link, form)) }, 200, { "cache-control": "no-store" });
  });

  app.delete("/links", async (c) => {
    const named = namedIn(c, "promiseId", "id");
    const { id, form } = addresses.canonical(named.promiseId);
    c.set("subject", { verb: "link.revoke", id });
    return json(toLinkBody(await links.revoke(id, named.id, c.get("request")), form), 200);
  });
}

/** @throws Fault `invalid` with each of the parameters that is not there once. */
function namedIn<Name extends string>(c: Context, ...names: readonly Name[]): Readonly<Record<Name, string>> {
  const reader = new QueryReader(c.req.queries());
  const named = names.map((name) => [name, reader.text(name) ?? reader.refuse(name, "is required", "")]);
  reader.finish();
  return Object.fromEntries(named);
}

const shownText = (bytesMax: number, description: string, example: string) =>
  optional(text()).meta({
    type: ["string", "null"],
    description: `${description} At most ${bytesMax} bytes.`,
    example,
  });

const entries = (description: string) =>
  optional(z.array(text(), { error: "must be a list of strings" })).meta({ description });

const SignInBody = once(() =>
  optional(
    z.union(
      [
        z.boolean(),
        z
          .object(
            {
              emails: entries("Verified addresses, or `*@` and a domain, such as `*@example.com`."),
              subjects: entries("What the issuer calls people (`sub`)."),
            },
            object,
          )
          .transform(({ emails, subjects }) => ({ ...(emails && { emails }), ...(subjects && { subjects }) })),
      ],
      { error: "must be true, or an object of emails and subjects" },
    ),
  ).meta({
    description: `Whoever decides must sign in first: \`true\`, or those whom one of the lists names, each of at most ${signInLimits.entriesMax} entries.`,
  }),
);

export const CreateLinkBody = once(() =>
  z
    .object(
      {
        outcomes: z
          .array(z.enum(["resolve", "reject", "cancel"], { error: "must be resolve, reject or cancel" }), {
            error: "must be a list of resolve, reject and cancel",
          })
          .meta({ description: "What may be made of the promise: a button for each." }),
        value: SentPayload(),
        encoding: z.enum(["json", "sdk"], { error: "must be json or sdk" }).default("json").meta({
          description:
            "How the decision becomes the promise's value, where none is fixed: as JSON, or as the SDKs read it, JSON in base64.",
        }),
        label: shownText(linkLimits.labelBytesMax, "What it is about.", "Expense 17: train to Vienna"),
        from: shownText(linkLimits.labelBytesMax, "Who asks.", "Ada, travel desk"),
        question: shownText(linkLimits.questionBytesMax, "What is asked.", "Approve 120 EUR?"),
        signIn: SignInBody(),
        expiresOn: optional(moment()).meta({
          type: ["integer", "null"],
          format: "int64",
          description: "Until when the link decides. Absent or later than the promise's deadline: that.",
        }),
      },
      object,
    )
    .meta({ id: "CreateLink" }),
);

/** A link as this door shows it: never its token, nor a hash of it. Fields that are unset are left out. */
export function toLinkBody(link: Link, form: Form): z.input<typeof LinkBody> {
  const { id, promiseId, outcomes, value, encoding, label, from, question, expiresAt, createdAt, revokedAt } = link;
  const { signIn } = link;
  const { decidedAt, ...decided } = link.decision ?? {};
  return {
    id,
    promiseId: form(promiseId),
    outcomes: [...outcomes],
    encoding,
    ...(value !== undefined && { value }),
    ...(label !== undefined && { label }),
    ...(from !== undefined && { from }),
    ...(question !== undefined && { question }),
    ...(signIn !== undefined && { signIn: toSignInBody(signIn) }),
    expiresOn: expiresAt,
    createdOn: createdAt,
    ...(revokedAt !== undefined && { revokedOn: revokedAt }),
    ...(link.decision !== undefined && {
      decision: { ...decided, outcome: link.decision.outcome, decidedOn: link.decision.decidedAt },
    }),
  };
}

const toSignInBody = ({ anybody, emails, subjects }: SignInTerms) => ({
  ...(anybody && { anybody }),
  ...(emails && { emails: [...emails] }),
  ...(subjects && { subjects: [...subjects] }),
});
