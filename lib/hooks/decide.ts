/**
 * What a verified event means for which promise.
 *
 * @module
 */

import { isId, limits, utf8Length, type Value } from "#lib/core/index.ts";
import type { Condition, Rule, ValueSource } from "./definition.ts";
import { isForm, toText } from "./document.ts";
import type { Decision, Hook, HookEvent, HookRequest, Unusable } from "./hook.ts";
import { find, isSingular } from "./path.ts";
import { textAt } from "./place.ts";

/** Finds the first rule that matches, then the promise, then the value. Never throws, whatever the event holds. */
export function decide(hook: Hook, request: HookRequest, event: HookEvent): Decision {
  const index = hook.rules.findIndex((rule) => matches(rule, event));
  const rule = hook.rules[index];
  const outcome = rule?.do ?? hook.otherwise;
  const by = rule === undefined ? {} : { rule: index };
  if (outcome === "ignore") {
    return { kind: "ignored", reason: rule === undefined ? "noRule" : "byRule", ...by };
  }
  const found = textAt(hook.promiseId, request, event.body);
  if (found.problem !== undefined) {
    return unusable(found.problem);
  }
  if (!isId(found.text)) {
    return unusable("promiseIdInvalid");
  }
  const json = jsonOf(rule?.value ?? hook.value, request, event);
  if (typeof json !== "string" && json?.problem !== undefined) {
    return unusable(json.problem);
  }
  const state = outcome === "resolve" ? "resolved" : "rejected";
  const value = toValue(json, hook, state, event);
  return utf8Length(JSON.stringify(value)) > limits.payloadBytesMax
    ? unusable("valueTooLarge")
    : { kind: "settle", promiseId: found.text, state, value, ...by };
}

const unusable = (reason: Unusable): Decision => ({ kind: "unusable", reason });

const matches = ({ types, where = [] }: Rule, { type, body }: HookEvent): boolean =>
  (types === undefined || types.some((pattern) => isOfType(pattern, type))) &&
  where.every((condition) => holds(condition, body));

const isOfType = (pattern: string, type: string | undefined): boolean =>
  type !== undefined && (pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern);

function holds({ path, equals, in: among = [], exists }: Condition, body: unknown): boolean {
  const found = body === undefined ? [] : find(path, body);
  if (exists !== undefined) {
    return found.length > 0 === exists;
  }
  const sought: readonly unknown[] = equals === undefined ? among : [equals];
  return found.some((value) => sought.includes(value));
}

type Json = string | { readonly problem: Unusable } | undefined;

/** What is to become the value, as JSON; undefined: nothing is. */
function jsonOf(source: ValueSource, request: HookRequest, { body }: HookEvent): Json {
  switch (source.from) {
    case "nothing":
      return undefined;
    case "fixed":
      return JSON.stringify(source.value);
    case "body":
      if (body === undefined) {
        return { problem: "bodyUnreadable" };
      }
      // As it came, where it is JSON: numbers and all.
      return isForm(request) ? JSON.stringify(body) : toText(request.body);
    case "path": {
      if (body === undefined) {
        return { problem: "bodyUnreadable" };
      }
      const found = find(source.path, body);
      const chosen = isSingular(source.path) ? found[0] : found;
      return found.length === 0 ? { problem: "valueMissing" } : JSON.stringify(chosen);
    }
  }
}

/** As links write theirs: the SDKs throw what a promise is rejected with, and make an error of this form. */
function toValue(json: Json, { encoding }: Hook, state: "resolved" | "rejected", { type }: HookEvent): Value {
  if (typeof json !== "string") {
    return {};
  }
  if (encoding === "json") {
    return { headers: { "content-type": "application/json" }, data: json };
  }
  const said: unknown = state === "rejected" ? JSON.parse(json) : undefined;
  const message = typeof said === "string" ? said : `${type ?? "rejected"} by hook`;
  const thrown = JSON.stringify({ __type: "error", name: "Rejected", message });
  return { data: Buffer.from(state === "resolved" ? json : thrown).toString("base64") };
}
