/**
 * The rule of a composite on its way in: ids in it are as good as anywhere else in a request.
 *
 * @module
 */

import { type RuleDefaults, ruleOf, ruleTag, type Tags } from "#lib/core/index.ts";
import type { Named } from "./addresses.ts";

/** The tags, with canonical ids in the rule of a composite, and nothing left open there. What is no rule stays as it is. */
export function withRule(tags: Tags, named: (id: string) => Named, defaults: RuleDefaults): Tags {
  const rule = ruleOf(tags, defaults);
  return rule === undefined ? tags : { ...tags, ...ruleTag({ ...rule, of: rule.of.map((id) => named(id).id) }) };
}
