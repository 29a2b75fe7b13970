/**
 * The page at /docs, read as a browser would: what is markup, what is text, and what would be fetched or run.
 */

import { hash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { curl } from "#lib/protocol/rest/curl.ts";
import { docsPage } from "#lib/protocol/rest/docs-page.ts";
import { answersOf, type Description, operationsOf, type Route } from "#lib/protocol/rest/operations.ts";
import { openDoor, ownUrl } from "../support/door.ts";
import { openSqlite } from "../support/stores.ts";

const door = await openDoor(openSqlite);
afterAll(() => door.close());

const { body: description }: { body: Description } = await door.ask("GET", "/openapi.json");
const page = String(await docsPage(description));

/** A page's text as it is shown: tags gone, entities read. */
const shown = (html: string) =>
  html
    .replace(/<style>.*?<\/style>/gs, "")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

/** A page's tags, as they stand. */
const tags = (html: string): string[] => html.replace(/<style>.*?<\/style>/gs, "").match(/<[a-z][^>]*>/g) ?? [];

/** Every text and name in a description, wherever it stands. */
function textsIn(part: unknown): string[] {
  return typeof part === "string"
    ? [part]
    : typeof part === "object" && part !== null
      ? Object.entries(part).flatMap(([name, each]) => [name, ...textsIn(each)])
      : [];
}

/** A copy of a description in which the texts of one kind of field say something else. */
const altered = <Part>(part: Part, alter: (field: string, text: string) => string): Part =>
  JSON.parse(JSON.stringify(part), (field, value) => (typeof value === "string" ? alter(field, value) : value));

describe("The page at /docs", () => {
  it("shows every route: its method, path, words, parameters, answers and examples", () => {
    const text = shown(page);
    const routes = operationsOf(description);
    expect(routes.length).toBeGreaterThanOrEqual(4);
    for (const route of routes) {
      const { operationId, summary, description: words, parameters = [], responses } = route.operation;
      const start = page.indexOf(`<h2 id="${operationId}">`);
      const section = shown(page.slice(start, page.indexOf("</section>", start)));
      expect(start, operationId).toBeGreaterThan(0);
      expect(text).toContain(`${route.method.toUpperCase()} ${route.path}${summary}`);
      for (const expected of [
        `${route.method.toUpperCase()} ${route.path}`,
        plain(words),
        ...parameters.flatMap(({ name, description: told }) => [name, plain(told)]),
        ...Object.entries(responses).flatMap(([status, answer]) => [status, plain(answer.description)]),
        ...examplesOf(route).flatMap(({ name, summary: told, value }) => [
          ...(value === undefined ? [] : [JSON.stringify(value, null, 2)]),
          told ?? name,
          ...[curl(route, name, ownUrl)].filter((command) => command !== undefined),
        ]),
      ]) {
        expect(section).toContain(expected);
      }
    }
  });

  it("shows every schema with all its fields, and links to nothing that is not on it", () => {
    const schemas = Object.entries(description.components?.schemas ?? {});
    expect(schemas.length).toBeGreaterThanOrEqual(6);
    for (const [name, schema] of schemas) {
      const start = page.indexOf(`<h3 id="schema-${name}">`);
      expect(start, name).toBeGreaterThan(0);
      const table = shown(page.slice(start, page.indexOf("</table>", start)));
      for (const field of Object.keys(("properties" in schema && schema.properties) || {})) {
        expect(table).toContain(field);
      }
    }
    const links = [...page.matchAll(/href="#([^"]*)"/g)].map(([, target]) => `id="${target}"`);
    expect(links.filter((target) => !page.includes(target))).toEqual([]);
  });

  it("shows markup in any text of the description as that text, and runs none of it", async () => {
    const attack = `<script>alert("1")</script><img src=x onerror='alert(2)'>&amp;"'`;
    // What the page takes a decision by keeps its meaning: types, places and references.
    const kept = ["type", "in", "$ref", "operationId"];
    const attacked = altered(description, (field, text) => (kept.includes(field) ? text : attack + text));
    expect(textsIn(attacked).filter((text) => text.startsWith(attack)).length).toBeGreaterThan(100);
    const html = String(await docsPage(attacked));
    expect(new Set(tags(html).map((tag) => /^<([a-z0-9]+)/.exec(tag)?.[1]))).toEqual(
      new Set(tags(page).map((tag) => /^<([a-z0-9]+)/.exec(tag)?.[1])),
    );
    expect(tags(html).length).toBe(tags(page).length);
    expect(shown(html)).toContain(attack);
  });

  it("escapes what a name puts into an attribute", async () => {
    const attack = `"><script>alert(1)</script>`;
    const renamed = JSON.parse(
      JSON.stringify(description)
        .replaceAll('"operationId":"', `"operationId":"${JSON.stringify(attack).slice(1, -1)}`)
        .replaceAll('"Value":{', `${JSON.stringify(`${attack}Value`)}:{`),
    );
    const html = String(await docsPage(renamed));
    expect(html).not.toContain("<script");
    expect(html).toContain("&quot;&gt;&lt;script&gt;");
  });

  it("loads nothing from anywhere, and has no script", () => {
    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|form|base|video|audio)\b/i);
    expect(page).not.toMatch(/url\(|@import|\ssrc=|\ssrcset=|\son[a-z]+=|javascript:/i);
    const hrefs = [...page.matchAll(/href="([^"]*)"/g)].map(([, target = ""]) => target);
    expect(hrefs.filter((target) => !target.startsWith("#"))).toEqual(["openapi.json"]);
  });

  it("is served with a policy that allows its own style and nothing else", async () => {
    const response = await fetchPage();
    const style = /<style>(.*?)<\/style>/s.exec(response.text)?.[1] ?? "";
    expect(style).not.toBe("");
    expect(response.text).toBe(page);
    expect(response.type).toMatch(/^text\/html; charset=utf-8$/i);
    expect(response.policy?.split("; ")).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash("sha256", style, "base64")}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });
});

describe("The commands on the page", () => {
  it("are there for every example of a request, and for no answer that a request alone cannot bring about", () => {
    const commands = page.match(/<pre>curl /g) ?? [];
    const requests = operationsOf(description).flatMap((route) =>
      examplesOf(route).filter(({ name }) => /^\d\d-/.test(name)),
    );
    expect(commands.length).toBe(requests.length);
    expect(requests.length).toBeGreaterThan(30);
  });

  const route: Route = {
    method: "post",
    path: "/promises/{id}",
    operation: {
      operationId: "none",
      summary: "",
      description: "",
      parameters: [
        parameter("id", "path", "who?/it's/$& 100%"),
        parameter("tags", "query", { "a b": "c&d" }),
        parameter("strict", "header", true),
      ],
      requestBody: { content: { "application/json": { schema: {}, examples: { one: { value: { a: "it's" } } } } } },
      responses: {},
    },
  };

  it("say an id, a query and a body so that a shell and a URL take them for what they are", () => {
    expect(curl(route, "one", "http://a")).toBe(
      [
        `curl -X POST 'http://a/promises/who%3F/it'\\''s/%24%26%20100%25?tags[a%20b]=c%26d' \\`,
        `  -H 'strict: true' \\`,
        `  -d '{"a":"it'\\''s"}'`,
      ].join("\n"),
    );
  });
});

function parameter(name: string, place: "path" | "query" | "header", value: unknown) {
  return { name, in: place, required: false, description: "", schema: {}, examples: { one: { value } } };
}

/** A text as the page shows it: what stands between backticks is set as code. */
function plain(text: string): string {
  return text.replaceAll("`", "");
}

const examplesOf = ({ operation }: Route) => answersOf(operation);

async function fetchPage() {
  const response = await door.fetch("/docs");
  return {
    text: await response.text(),
    type: response.headers.get("content-type") ?? "",
    policy: response.headers.get("content-security-policy"),
  };
}
