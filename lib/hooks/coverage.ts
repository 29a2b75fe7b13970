/**
 * What of a request its sender signs. Everything else can be exchanged by whoever has seen one request.
 *
 * @module
 */

import type { HmacOptions, Place, Provider } from "./definition.ts";
import { type Part, partsOf } from "./template.ts";

interface Defined {
  readonly provider: Provider;
  readonly hmac?: HmacOptions | undefined;
  readonly promiseId: Place;
  readonly allowUnsigned: boolean;
}

/** The parts that a place is put together from. */
export function partsOfPlace({ path, header, query, template }: Place): readonly Part[] {
  if (template !== undefined) {
    return partsOf(template);
  }
  return (
    [
      ["path", path],
      ["header", header],
      ["query", query],
    ] as const
  ).flatMap(([from, of]) => (of === undefined ? [] : [{ from, of }]));
}

function isSigned({ from, of }: Part, { provider, hmac }: Pick<Defined, "provider" | "hmac">): boolean {
  switch (from) {
    case "text":
    case "path":
      return true;
    case "query":
      return provider === "twilio" || hmac?.signed.includes("{url}") === true;
    case "header":
      return hmac?.signed.includes(`{header:${of}}`) === true;
  }
}

/** What lets an event be sent again for another promise: the field, and what it must be. */
export function coverageProblems(defined: Defined): readonly (readonly [field: string, problem: string])[] {
  const { provider, promiseId, allowUnsigned } = defined;
  const unsigned = allowUnsigned ? [] : partsOfPlace(promiseId).filter((part) => !isSigned(part, defined));
  return unsigned.map(({ from, of }) => [
    "promiseId",
    `must come from what ${provider} signs, and the ${from === "query" ? "parameter" : "header"} ${of} is not; allowUnsigned takes it all the same`,
  ]);
}
