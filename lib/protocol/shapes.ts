/**
 * Shapes that the doors share. Each shape is made when it is first asked for: a process that starts needs hardly any of
 * them, and to make them all would take it a tenth of its start.
 *
 * @module
 */

import * as z from "zod";

export const isText = (given: unknown): given is string => typeof given === "string";

const isTextMap = (given: unknown): given is Record<string, string> =>
  typeof given === "object" && given !== null && !Array.isArray(given) && Object.values(given).every(isText);

/** What is made once, by whoever asks first. */
export function once<Made>(make: () => Made): () => Made {
  let made: { readonly it: Made } | undefined;
  return () => {
    made ??= { it: make() };
    return made.it;
  };
}

export const text = once(() => z.string({ error: "must be a string" }));

/** A map of texts, kept as it came: a copy would lose names that JavaScript gives a meaning. */
export const textMap = once(() =>
  z.custom<Record<string, string>>(isTextMap, { error: "must be an object whose values are strings" }),
);

/** The latest moment that fits 64 bits, as a JSON number can say it; what is past 2^53 - 1 is kept as that. */
export const int64Max = 2 ** 63;

export const object = { error: "must be an object" };
