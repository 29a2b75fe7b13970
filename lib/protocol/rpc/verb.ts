import type { z } from "zod";
import type { Trace } from "#lib/core/index.ts";
import type { Debug } from "#lib/ports/debug.ts";
import type { RequestContext } from "#lib/service/carry-out.ts";
import type { Promises } from "#lib/service/promises.ts";
import type { Schedules } from "#lib/service/schedules.ts";
import type { Tasks } from "#lib/service/tasks.ts";
import type { Access } from "../access.ts";
import type { Addresses, Named } from "../addresses.ts";
import { Refused, tellIssue } from "./envelope.ts";
import type { OwnTellings } from "./fault-status.ts";

/** What verbs are carried out with. */
export interface Services {
  readonly promises: Promises;
  readonly tasks: Tasks;
  readonly schedules: Schedules;
  readonly addresses: Addresses;
  readonly debug?: Debug;
  readonly access?: Access;
}

/** One request on its way through a verb. */
export interface Call extends Services {
  readonly request: RequestContext;
  readonly corrId: string;
  /** The trace that what it settles, and what it creates, belongs to. */
  readonly settledIn: { readonly trace?: Trace };
  readonly createdIn: { readonly trace?: Trace };
  /** The moment that the client has named, where it may. */
  readonly debugTime?: number;
  /** The canonical id, and what stood in front of it. */
  readonly named: (id: string) => Named;
}

/** What a verb answers: 200, unless it says otherwise. */
export interface Answer {
  readonly status?: number;
  readonly data: unknown;
}

export interface Verb {
  /**
   * Whatever the data is, answers it or refuses it.
   *
   * @throws Refused, Fault
   */
  readonly run: (data: unknown, call: Call) => Promise<Answer>;
  /** Of what the request is, for the log. */
  readonly subjectOf: (data: object) => string | undefined;
  readonly tellings?: OwnTellings;
  /** Only for those who may set the clock. */
  readonly isDebug: boolean;
}

export interface Row<Data> {
  readonly shape: () => z.ZodType<Data>;
  /** Messages of what is wrong with each field; then, if nothing is, of what is wrong between them. */
  readonly rules?: (data: Data) => readonly string[];
  readonly crossRules?: (data: Data, named: Call["named"]) => readonly string[];
  readonly run: (data: Data, call: Call) => Promise<Answer>;
  readonly tellings?: OwnTellings;
  readonly isDebug?: boolean;
}

/** What the data of a request must be. */
export type Requirements<Data> = Pick<Row<Data>, "shape" | "rules" | "crossRules">;

/** One row of the table of verbs: shape, then rules, then what is done. */
export const verb = <Data>({ run, tellings, isDebug = false, ...required }: Row<Data>): Verb => ({
  run: async (data, call) => run(check(required, data, "Invalid request", call.named), call),
  subjectOf,
  isDebug,
  ...(tellings && { tellings }),
});

/** @throws Refused 400 with every rule that is broken. */
export function check<Data>(
  { shape, rules, crossRules }: Requirements<Data>,
  sent: unknown,
  complaint: string,
  named: Call["named"],
): Data {
  const parsed = shape().safeParse(sent);
  if (!parsed.success) {
    throw new Refused(400, `${complaint}: ${tellIssue(parsed.error, "data")}`);
  }
  const messages = rules?.(parsed.data) ?? [];
  const all = messages.length > 0 ? messages : (crossRules?.(parsed.data, named) ?? []);
  if (all.length > 0) {
    throw new Refused(400, all.join("; "));
  }
  return parsed.data;
}

/** The id that a request names, wherever it stands. */
function subjectOf(data: object): string | undefined {
  const { id, awaited, action } = data as { id?: unknown; awaited?: unknown; action?: { data?: { id?: unknown } } };
  return [id, awaited, action?.data?.id].find((each) => typeof each === "string");
}
