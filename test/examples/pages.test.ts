/**
 * The pages of the documentation against the files that they speak of. A page shows a file by a link to it on a line of
 * its own, followed by its text.
 *
 * @module
 */

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

interface Shown {
  readonly file: string;
  readonly text: string;
}

const pages = [...globSync("*.md"), ...globSync("docs/**/*.md")];

const shownIn = (page: string): Shown[] =>
  [...readFileSync(page, "utf8").matchAll(/^\[[^\]]+\]\(([^)]+)\):?\n\n```\w+\n(.*?)^```$/gms)].map(
    ([, link = "", text = ""]) => ({ file: normalize(join(dirname(page), link)), text }),
  );

/** Links to places in this repository. */
const linksOf = (page: string): string[] =>
  [...readFileSync(page, "utf8").matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !link.includes("://"));

describe("The documentation", () => {
  it.each(pages.filter((page) => shownIn(page).length > 0))("shows in %s what runs", (page) => {
    for (const { file, text } of shownIn(page)) {
      expect(text, file).toBe(readFileSync(file, "utf8"));
    }
  });

  it("shows every example of the guide, the patterns, and ids and versions", () => {
    const shown = pages.flatMap(shownIn).map(({ file }) => file);
    expect(shown.toSorted()).toEqual(globSync("examples/{guide,patterns}/*").toSorted());
  });

  it.each(pages)("links from %s to what is there", (page) => {
    expect(linksOf(page).filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });
});
