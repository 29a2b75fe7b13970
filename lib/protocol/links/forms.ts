/**
 * The form on a link's page: what it was made for, and what is sent by it.
 *
 * @module
 */

import type { Context } from "hono";
import { type EpochMs, Fault, type LinkOutcome, linkLimits, type Person, verdicts } from "#lib/core/index.ts";
import type { Sealer } from "#lib/ports/sealer.ts";
import type { RequestMoment } from "#lib/ports/store.ts";

/** Bytes of a form: a comment, each of its bytes escaped, and the rest. */
export const formBytesMax = 16_384;

/** For how long a page that stands open can be sent off. */
const formMs = 24 * 60 * 60 * 1_000;

export interface Sent {
  /** The form's own token. */
  readonly form: string;
  /** Absent: none of the buttons. */
  readonly outcome?: LinkOutcome;
  /** Empty: none. */
  readonly comment: string;
}

/** A form is of one link, and of whoever has signed in to see it. */
const shownTo = (token: string, person: Person | undefined): string =>
  person === undefined ? token : JSON.stringify([token, person.issuer, person.subject]);

/** Form tokens: each is of one link, and of a page that was sent not long ago. */
export const formsOf = (sealer: Sealer) => ({
  make: (token: string, request: RequestMoment, person?: Person): Promise<string> =>
    sealer.seal("form", JSON.stringify([sealer.hash(shownTo(token, person)), request.now + formMs]), request),

  async isOf(token: string, form: string, request: RequestMoment, person?: Person): Promise<boolean> {
    const text = await sealer.open("form", form, request);
    const [hash, until] = text === undefined ? ["", 0] : (JSON.parse(text) as readonly [string, EpochMs]);
    return sealer.isSame(hash, sealer.hash(shownTo(token, person))) && request.now < until;
  },
});

const isOutcome = (text: string): text is LinkOutcome => Object.hasOwn(verdicts, text);

/** @throws Fault `tooLarge` */
export async function readForm(c: Context): Promise<Sent> {
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
  const fields = new URLSearchParams(Buffer.from(bytes).toString("utf8"));
  const [form = "", outcome = "", comment = ""] = ["form", "decision", "comment"].map((name) => fields.get(name) ?? "");
  return { form, ...(isOutcome(outcome) && { outcome }), comment: comment.replaceAll("\r\n", "\n").trim() };
}
