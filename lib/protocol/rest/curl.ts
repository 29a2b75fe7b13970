import type { Route } from "./operations.ts";

/**
 * The command that sends a route's example of this name to a service at this URL; none, where the example is of an
 * answer only.
 */
export function curl({ method, path, operation }: Route, name: string, url: string): string | undefined {
  const given = (operation.parameters ?? []).flatMap(({ name: parameter, in: place, examples }) => {
    const value = examples?.[name]?.value;
    return value === undefined ? [] : [{ parameter, place, value }];
  });
  const at = (wanted: string) => given.filter(({ place }) => place === wanted);
  const target = at("path").reduce(
    (filled, { parameter, value }) => filled.replace(`{${parameter}}`, () => inUrl(String(value))),
    url + path,
  );
  const query = at("query").flatMap(({ parameter, value }) => pairs(parameter, value));
  const body = operation.requestBody?.content["application/json"].examples?.[name]?.value;
  if (given.length === 0 && body === undefined) {
    return undefined;
  }
  return [
    // Without -g, curl gives brackets a meaning of its own.
    `curl ${method === "get" ? "-g" : `-X ${method.toUpperCase()}`} ${quoted([target, query.join("&")].filter(Boolean).join("?"))}`,
    ...at("header").map(({ parameter, value }) => `-H ${quoted(`${parameter}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(JSON.stringify(body))}`]),
  ].join(" \\\n  ");
}

const inUrl = (text: string): string => encodeURIComponent(text).replaceAll("%2F", "/");

/** A value as a query says it: an object's entries one by one. */
const pairs = (parameter: string, value: unknown): string[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).map(([name, text]) => `${parameter}[${inUrl(name)}]=${inUrl(String(text))}`)
    : [`${parameter}=${inUrl(String(value))}`];

/** A text as one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
