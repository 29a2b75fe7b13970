/**
 * Bodies, read: JSON, or a form as an object of its fields.
 *
 * @module
 */

import { headerOf } from "./claim.ts";
import { depthMax, type HookRequest } from "./hook.ts";

/** Whether a body is a form, by its content type. */
export const isForm = (request: HookRequest): boolean =>
  /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headerOf(request, "content-type") ?? "");

/** The bytes as text; undefined where they are no UTF-8. */
export function toText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * @param wrapped The field of a form that holds the whole event as JSON, where its sender wraps it so.
 */
export function toDocument(request: HookRequest, wrapped?: string): unknown {
  const text = toText(request.body);
  if (text === undefined) {
    return undefined;
  }
  if (!isForm(request)) {
    return toJson(text);
  }
  const fields = new URLSearchParams(text);
  const json = wrapped === undefined ? null : fields.get(wrapped);
  return json === null
    ? Object.fromEntries([...byName(fields)].map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
    : toJson(json);
}

/** Fields by name, with all their values. */
export function byName(fields: URLSearchParams): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const others = values.get(name);
    if (others === undefined) {
      values.set(name, [value]);
    } else {
      others.push(value);
    }
  }
  return values;
}

function toJson(text: string): unknown {
  if (isDeep(text)) {
    return undefined;
  }
  try {
    return mayBeRounded.test(text) ? exact.parse(text, asWritten) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Digits of a number that JavaScript surely keeps. */
const digitsKept = 15;

/** Text with a number in it, perhaps, that has more digits than that, or an exponent. */
const mayBeRounded = /\d[\d.]{15}|\d[eE]/;

/** What the language has for numbers as they are written, and its declarations not yet. */
const exact = JSON as unknown as {
  parse(text: string, reviver: typeof asWritten): unknown;
  rawJSON(number: string): object;
};

/** A number that JavaScript would round stays as it was written: it is equal to no other, and written again as it was. */
function asWritten(_name: string, value: unknown, { source = "" }: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) {
    return value;
  }
  const digits = source
    .replace(/[eE].*/, "")
    .replace(/\D/g, "")
    .replace(/^0+|0+$/g, "");
  return digits.length <= digitsKept && Number.isFinite(value) ? value : exact.rawJSON(source);
}

/** Whether JSON is nested too deep to be walked through. One pass, whatever is in it. */
function isDeep(text: string): boolean {
  let [depth, isInString] = [0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      at += character === "\\" ? 1 : 0;
      isInString = character !== '"';
    } else if (character === '"') {
      isInString = true;
    } else if (character === "[" || character === "{") {
      depth++;
    } else if (character === "]" || character === "}") {
      depth--;
    }
    if (depth > depthMax) {
      return true;
    }
  }
  return false;
}

/** A member of a document, if it is an object that has it. */
export const memberOf = (document: unknown, name: string): unknown =>
  typeof document === "object" && document !== null && Object.hasOwn(document, name)
    ? (document as Record<string, unknown>)[name]
    : undefined;

/** The same, where it is a text that says something. */
export function textOf(document: unknown, name: string): string | undefined {
  const member = memberOf(document, name);
  return typeof member === "string" && member !== "" ? member : undefined;
}
