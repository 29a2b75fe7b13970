/**
 * The description as a page to read: one file of HTML without a script, a font or a picture from anywhere.
 *
 * @module
 */

import { hash } from "node:crypto";
import { html, raw } from "hono/html";
import { curl } from "./curl.ts";
import { answersOf, type Content, type Description, operationsOf, type Route, type Schema } from "./operations.ts";

type Html = ReturnType<typeof html>;

const style = `
:root { color-scheme: light dark; --text: #1d2430; --soft: #5a6475; --ground: #fff; --raised: #f4f6f9; --line: #d9dee7;
  --link: #0b57d0; --post: #12703c; --get: #0b57d0; --patch: #8a4b00; --delete: #b3261e }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ef; --soft: #a0a9b8; --ground: #14181f; --raised: #1d232d;
  --line: #343c4a; --link: #8ab4f8; --post: #6fd19a; --get: #8ab4f8; --patch: #f0b56a; --delete: #f2938c } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; font: 1rem/1.55 system-ui, sans-serif;
  color: var(--text); background: var(--ground); overflow-wrap: break-word }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 }
h2 { font-size: 1.35rem; margin: 3rem 0 .25rem; padding-top: 1.5rem; border-top: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem }
p { margin: .5rem 0; max-width: 46rem }
a { color: var(--link) }
code, pre { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
pre { margin: .5rem 0; padding: .75rem 1rem; background: var(--raised); border-radius: .4rem; white-space: pre-wrap;
  overflow-wrap: anywhere }
nav ul { list-style: none; padding: 0; margin: 1rem 0 }
nav li { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: .4rem 0 }
nav .route { min-width: 15rem }
td .soft { display: block }
table { border-collapse: collapse; width: 100%; font-size: .9375rem }
td { padding: .45rem .75rem .45rem 0; border-top: 1px solid var(--line); vertical-align: top }
td:first-child { width: 30%; min-width: 8rem }
td:last-child { overflow-wrap: anywhere }
.soft { color: var(--soft); font-size: .875rem }
.route { font: 600 1rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere }
.post, .get, .patch, .delete { display: inline-block; min-width: 3.6rem; font-weight: 700 }
.post { color: var(--post) } .get { color: var(--get) } .patch { color: var(--patch) }
.delete { color: var(--delete) }
details { margin: .35rem 0 }
summary { cursor: pointer; padding: .15rem 0 }
@media (max-width: 36rem) { td { display: block; width: auto !important; padding-right: 0 }
  td + td { border: 0; padding-top: 0 } td:first-child { padding-bottom: .1rem } }
`;

/** The page may show its own style, and load or run nothing at all. */
export const docsPolicy = `default-src 'none'; style-src 'sha256-${hash("sha256", style, "base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function docsPage(description: Description): Html {
  const { info, servers = [], components = {} } = description;
  const url = servers[0]?.url ?? "";
  // In the order in which the story of the examples comes upon them.
  const routes = operationsOf(description).sort((a, b) => byName(firstExample(a), firstExample(b)));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}</title>
<style>${raw(style)}</style>
</head>
<body>
<h1>${info.title}</h1>
<p class="soft">Version ${info.version} at <code>${url}</code>, as <a href="openapi.json">OpenAPI</a></p>
<p>${info.description}</p>
<nav><ul>${routes.map((route) => html`<li>${address(route)}<a href="#${route.operation.operationId}">${route.operation.summary}</a></li>`)}</ul></nav>
<main>
${routes.map((route) => section(route, url))}
<h2 id="schemas">Schemas</h2>
${Object.entries(components.schemas ?? {}).map(([name, schema]) => schemaSection(name, schema as Schema))}
</main>
</body>
</html>`;
}

const address = ({ method, path }: Route) =>
  html`<span class="route"><span class="${method}">${method.toUpperCase()}</span> ${path}</span>`;

function section(route: Route, url: string): Html {
  const { operationId, summary, description, parameters = [], requestBody, responses } = route.operation;
  return html`<section>
<h2 id="${operationId}">${summary}</h2>
<p>${address(route)}</p>
<p>${prose(description)}</p>
${
  parameters.length > 0 &&
  html`<h3>Parameters</h3><table>${parameters.map(
    (parameter) => html`<tr>
<td><code>${parameter.name}</code><span class="soft">${parameter.in}, ${type(parameter.schema)}${parameter.required && ", required"}</span></td>
<td>${prose(parameter.description)} ${choices(parameter.schema)}</td></tr>`,
  )}</table>`
}
${requestBody && html`<h3>Body</h3><p>JSON: ${type(schemaOf(requestBody.content))}</p>`}
<h3>Examples</h3>
${examples(route, url)}
<h3>Answers</h3>
<table>${Object.entries(responses).map(
    ([status, { description, content }]) => html`<tr>
<td><code>${status}</code> <span class="soft">${content && type(schemaOf(content))}</span></td><td>${prose(description)}</td></tr>`,
  )}</table>
</section>`;
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

const firstExample = ({ operation }: Route) => answersOf(operation)[0] ?? { name: "~" };

/** Each example as a command to try, with its answer; the first one open. */
function examples(route: Route, url: string): Html[] {
  return answersOf(route.operation).map(({ status, name, summary, value }, index) => {
    const command = curl(route, name, url);
    return html`<details${index === 0 && raw(" open")}>
<summary>${summary ?? name} <span class="soft">${status}</span></summary>
${command && html`<pre>${command}</pre>`}
${value !== undefined && html`<pre>${JSON.stringify(value, null, 2)}</pre>`}
</details>`;
  });
}

function schemaSection(name: string, { description, properties = {}, required = [] }: Schema): Html {
  return html`<h3 id="schema-${name}">${name}</h3>
${description && html`<p>${prose(description)}</p>`}
<table>${fields(properties, required)}</table>`;
}

/** The rows of an object's fields, and of the objects inside them. */
function fields(properties: NonNullable<Schema["properties"]>, required: readonly string[], path = ""): unknown[] {
  return Object.entries(properties).map(([name, schema]) => {
    const inner = schema.properties === undefined ? schema.items : schema;
    const label = `${path}${name}${inner === schema.items && inner ? "[]" : ""}`;
    return html`<tr><td><code>${label}</code></td>
<td><span class="soft">${type(schema)}${required.includes(name) && ", required"}</span> ${prose(schema.description ?? "")} ${choices(schema)}</td></tr>
${inner?.properties && fields(inner.properties, inner.required ?? [], `${label}.`)}`;
  });
}

const schemaOf = (content: Content): Schema => content["application/json"].schema;

/** A schema's type in a few words, linked where it has a name. */
function type({ $ref, type: types, items, additionalProperties }: Schema): unknown {
  if ($ref !== undefined) {
    const name = $ref.split("/").at(-1);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const words = [types ?? "any"].flat().join(" or ");
  if (items !== undefined) {
    return html`${words} of ${type(items)}`;
  }
  return additionalProperties === undefined ? words : html`${words} of ${type(additionalProperties)}s`;
}

const choices = ({ enum: values }: Schema) =>
  values &&
  html`<span class="soft">One of ${values.map((value, index) => html`${index > 0 && ", "}<code>${value}</code>`)}.</span>`;

/** A text in which words between backticks are code. */
const prose = (text: string) =>
  text.split("`").map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`));
