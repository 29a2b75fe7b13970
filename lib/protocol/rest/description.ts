import { OpenAPIHono } from "@hono/zod-openapi";
import { completePromise, createPromise, readPromise, searchPromises } from "./contract.ts";
import { type Exchange, story } from "./story.ts";

export type Description = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** A route in the description: of OpenAPI's many ways to say a thing, the ones that ours are said in. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
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

/** The OpenAPI 3.1 description of the routes, for a service at this URL. */
export function describe(url: string): Description {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  for (const route of [createPromise, completePromise, readPromise, searchPromises]) {
    openAPIRegistry.registerPath(route);
  }
  const description = getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Resonate on AWS",
      version: "1.0.0",
      description:
        "Durable promises: a promise is pending until somebody resolves, rejects or cancels it or its deadline passes, and once completed it never changes. Times are milliseconds since the epoch. Everything but search is strongly consistent.",
      license: { name: "Apache-2.0" },
    },
    servers: [{ url }],
  });
  const operations = new Map(operationsOf(description).map(({ operation }) => [operation.operationId, operation]));
  for (const exchange of story) {
    illustrate(operations.get(exchange.operation), exchange);
  }
  return description;
}

/** Every route of the description, in its order. */
export const operationsOf = ({ paths = {} }: Description): Route[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ method, path, operation })),
  );

/** Puts the parts of an example where OpenAPI wants each. */
function illustrate(operation: Operation | undefined, exchange: Exchange): void {
  const { name, summary, parameters = {}, body, status, answer } = exchange;
  const put = (place: { examples?: Record<string, Example> } | undefined, value: unknown) => {
    if (place === undefined) {
      throw new Error(`the example ${name} has no place in ${exchange.operation}`);
    }
    place.examples = { ...place.examples, [name]: { summary, value } };
  };
  for (const [parameter, value] of Object.entries(parameters)) {
    put(
      operation?.parameters?.find((each) => each.name === parameter),
      value,
    );
  }
  if (body !== undefined) {
    put(operation?.requestBody?.content["application/json"], body);
  }
  put(operation?.responses[status]?.content["application/json"], answer);
}
