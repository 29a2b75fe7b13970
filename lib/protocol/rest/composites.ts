import { type Create, compositeTag, invalid } from "#lib/core/index.ts";
import type { Addresses } from "../addresses.ts";
import { withRule } from "../composites.ts";
import type { SentCreate } from "./schemas.ts";

/**
 * The tags of a promise that is to be created, the rule of a composite among them, and what its members are made of that
 * are to be created as well.
 *
 * @throws Fault `invalid` where there are two rules.
 */
export function toComposed(
  { timeout, tags = {}, composite }: SentCreate,
  canonical: Addresses["canonical"],
): Pick<Create, "tags" | "members"> {
  const named = (sent: Readonly<Record<string, string>>) => withRule(sent, canonical, { encoding: "json" });
  if (composite === undefined) {
    return { tags: named(tags) };
  }
  if (tags[compositeTag] !== undefined) {
    throw invalid("composite", `must not stand beside the tag ${compositeTag}`);
  }
  const { of, ...rule } = composite;
  const ids = of.map((member) => (typeof member === "string" ? member : member.id));
  const members = of.flatMap((member): Create[] =>
    typeof member === "string"
      ? []
      : [
          {
            id: canonical(member.id).id,
            timeoutAt: member.timeout ?? timeout,
            param: member.param ?? {},
            tags: member.tags ?? {},
          },
        ],
  );
  return {
    tags: named({ ...tags, [compositeTag]: JSON.stringify({ of: ids, ...rule }) }),
    ...(members.length > 0 && { members }),
  };
}
