/**
 * The routes in the words of OpenAPI, for whoever reads the document.
 *
 * @module
 */

import type { OpenAPIHono } from "@hono/zod-openapi";

/** An OpenAPI 3.1 document. */
export type Description = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** A route in the description: of OpenAPI's many ways to say a thing, the ones that ours are said in. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  /** An answer without a body has no content. */
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

/** A route: where it is, and what is said of it. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
  examples?: Record<string, Example>;
}

export interface Content {
  readonly "application/json": { readonly schema: Schema; examples?: Record<string, Example> };
}

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
}

export interface Example {
  readonly summary?: string;
  readonly value: unknown;
}

/** Every route of the description, in its order. */
export const operationsOf = ({ paths = {} }: Description): Route[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ method, path, operation })),
  );

/** An answer that the description shows; without a value, where it has no body. */
export interface ShownAnswer {
  readonly status: string;
  readonly name: string;
  readonly summary?: string;
  readonly value?: unknown;
}

/** The examples of a route's answers, in the order of the story that they tell. */
export function answersOf({ parameters = [], responses }: Operation): ShownAnswer[] {
  const shown = Object.entries(responses).flatMap(([status, { content }]): ShownAnswer[] =>
    Object.entries(content?.["application/json"].examples ?? {}).map(([name, example]) => ({
      status,
      name,
      ...example,
    })),
  );
  const bodyless = Object.keys(responses).find((status) => responses[status]?.content === undefined);
  const unanswered = Object.entries(parameters[0]?.examples ?? {}).filter(
    ([name]) => !shown.some((answer) => answer.name === name),
  );
  return [
    ...shown,
    ...(bodyless === undefined
      ? []
      : unanswered.map(([name, { summary }]) => ({
          status: bodyless,
          name,
          ...(summary !== undefined && { summary }),
        }))),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}
