/**
 * Goal: a signature of a URL is verified over the URL as its sender wrote it, whatever letters are in it.
 *
 * Method: Twilio's own library signs, and so does a sender of `{url}`. Requests reach the function of a deployment as events
 * of its gateway, over a table of its own, and the local server as lines of HTTP.
 */

import { createHmac } from "node:crypto";
import { request as send } from "node:http";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { HookDefinition } from "#lib/hooks/definition.ts";
import { memoryHookSecrets } from "#lib/local/hook-secrets.ts";
import { hookService } from "#lib/service/hooks.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { variables } from "../../functions/env.ts";
import { request } from "../support/http.ts";
import { quietServer } from "../support/local-server.ts";
import { freshTable, openSqlite, testClient } from "../support/stores.ts";

const secret = "2bd9e9638872de601313dc77410d3b23";
const form = { MessageSid: "SM1", MessageStatus: "delivered" };
const body = new URLSearchParams(form).toString();

const definitions = {
  sms: { provider: "twilio", promiseId: { query: "promise" }, otherwise: "resolve" },
  own: {
    provider: "hmac",
    hmac: { header: "x-signature", signed: "{url}\n{body}" },
    promiseId: { query: "promise" },
    otherwise: "resolve",
  },
} as const;

const signatures = {
  sms: (url: string) => ({ "x-twilio-signature": twilio.getExpectedTwilioSignature(secret, url, form) }),
  own: (url: string) => ({ "x-signature": createHmac("sha256", secret).update(`${url}\n${body}`).digest("hex") }),
} as const;

const queries = [
  `promise=o'neil`,
  `promise=a"b`,
  "promise=a|b",
  "promise=a{b}",
  "promise=%27a%2f",
  "promise=a+b%20c&",
  "promise=<a>`^",
];
const cases = queries.flatMap((query) => [["sms", query] as const, ["own", query] as const]);

type Deliver = (hook: keyof typeof definitions, signed: string, sent: string) => Promise<number>;

const received = (deliver: () => Deliver) => {
  it.each(cases)("for the hook %s with the query %s", async (hook, query) => {
    expect(await deliver()(hook, query, query)).toBe(200);
    expect(await deliver()(hook, query, `${query}&more`)).toBe(401);
  });
};

describe("The function of hooks verifies the URL that its gateway was called at", () => {
  const url = "https://promises.test";
  const client = testClient();
  let handler: (event: Partial<APIGatewayProxyEventV2>) => Promise<APIGatewayProxyStructuredResultV2>;
  beforeAll(async () => {
    const table = await freshTable(client);
    const secrets = memoryHookSecrets();
    const hooks = hookService({ store: dynamoStore({ client, table }), secrets, secretProblem: () => undefined });
    for (const [name, given] of Object.entries(definitions)) {
      const definition = HookDefinition.parse(given);
      await hooks.put({ name, definition, secrets: [secret] }, { now: 1, token: name, cost: { roundTrips: 0 } });
    }
    vi.stubEnv(variables.table, table);
    vi.stubEnv(variables.publicUrls, url);
    for (const variable of [variables.bodies, variables.serviceName, variables.hookSecrets, variables.adminKeySecret]) {
      vi.stubEnv(variable, "none");
    }
    vi.stubEnv(variables.retrySeconds, "60");
    vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "true");
    vi.doMock("#lib/store/dynamodb/client.ts", () => ({ dynamoClient: () => client }));
    vi.doMock("../../functions/hook-secrets.ts", () => ({ hookSecretReader: () => secrets }));
    vi.doMock("#lib/log.ts", async (original) => {
      const log = await original<typeof import("#lib/log.ts")>();
      return { ...log, logger: () => log.logger({ write: () => {} }) };
    });
    handler = (await import("../../functions/hooks.ts")).handler as unknown as typeof handler;
  });
  afterAll(() => {
    client.destroy();
    vi.unstubAllEnvs();
  });

  received(() => async (hook, signed, sent) => {
    const path = `/hooks/${hook}`;
    const { statusCode } = await handler({
      version: "2.0",
      routeKey: "POST /hooks/{hook}",
      rawPath: path,
      rawQueryString: sent,
      headers: {
        host: "promises.test",
        "content-type": "application/x-www-form-urlencoded",
        ...signatures[hook](`${url}${path}?${signed}`),
      },
      requestContext: {
        domainName: "promises.test",
        http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "tests" },
      } as APIGatewayProxyEventV2["requestContext"],
      body: Buffer.from(body).toString("base64"),
      isBase64Encoded: true,
    });
    return statusCode ?? 0;
  });
});

describe("The local server verifies the URL that it was called at", () => {
  let url: string;
  let end: () => Promise<void>;
  beforeAll(async () => {
    const { store, close } = await openSqlite();
    const server = await quietServer(store);
    url = server.url;
    end = async () => {
      await server.stop();
      close();
    };
    for (const [name, definition] of Object.entries(definitions)) {
      expect((await request(url, "PUT", `/hooks/${name}/config`, { definition, secrets: [secret] })).status).toBe(201);
    }
  });
  afterAll(() => end());

  received(
    () => (hook, signed, sent) =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(url);
        const headers = {
          "content-type": "application/x-www-form-urlencoded",
          ...signatures[hook](`${url}/hooks/${hook}?${signed}`),
        };
        send({ hostname, port, method: "POST", path: `/hooks/${hook}?${sent}`, headers }, (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        })
          .on("error", reject)
          .end(body);
      }),
  );
});
