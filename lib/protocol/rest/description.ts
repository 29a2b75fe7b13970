import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RestEnv } from "./context.ts";

export type Description = ReturnType<OpenAPIHono<RestEnv>["getOpenAPI31Document"]>;

/** The OpenAPI 3.1 description of the routes, for a service at this URL. */
export const describe = (app: OpenAPIHono<RestEnv>, url: string): Description =>
  app.getOpenAPI31Document({
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
