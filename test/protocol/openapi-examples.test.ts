/**
 * The examples of the description, run as they are written: the names of the examples give their order, and join a
 * request's parts to the answer that the description promises for it. The clock is set to the times that the answers
 * tell, so that answers are compared whole.
 */

import { Ajv2020, type AnySchema } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { sealer as sealerOf } from "#lib/access/sealer.ts";
import { Fault, limits, posting } from "#lib/core/index.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import {
  answersOf,
  type Description,
  type Operation,
  operationsOf,
  type Schema,
} from "#lib/protocol/rest/operations.ts";
import { heldMessage, pausedEndpoint } from "#lib/protocol/rest/story-endpoints.ts";
import { exampleToken } from "#lib/protocol/rest/story-links.ts";
import { parkedLog, parkedMessage } from "#lib/protocol/rest/story-messages.ts";
import { exampleSecret, exampleSecretIds } from "#lib/protocol/rest/story-standing.ts";
import type { Hooks } from "#lib/service/hooks.ts";
import type { Links } from "#lib/service/links.ts";
import type { Messages } from "#lib/service/messages.ts";
import type { Promises } from "#lib/service/promises.ts";
import type { Receiver } from "#lib/service/receive.ts";
import type { Schedules } from "#lib/service/schedules.ts";
import type { Subscriptions } from "#lib/service/subscriptions.ts";
import { type Door, linkKeys, openDoor, ownUrl, type Reply } from "../support/door.ts";
import { everyStore, type OpenStore, openSqlite } from "../support/stores.ts";
import { countedSecrets } from "../support/subscriptions.ts";

/** An example's request as it is sent, and the answer that the description shows. */
interface Exchange {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  readonly sent: readonly (readonly [schema: Schema, value: unknown])[];
  readonly status: number;
  /** Absent, and so is its schema: there is no body. */
  readonly answer?: unknown;
  readonly answerSchema?: Schema;
}

/** The story's examples begin with their number; errors that no request brings about are shown without one. */
const isOfStory = (name: string) => /^\d\d-/.test(name);

async function readDescription(): Promise<Description> {
  const door = await openDoor(openSqlite);
  const { body } = await door.ask("GET", "/openapi.json");
  door.close();
  return body;
}

function exchangesOf(description: Description): Exchange[] {
  return operationsOf(description)
    .flatMap(({ method, path, operation }) =>
      answersOf(operation)
        .filter(({ name }) => isOfStory(name))
        .map(({ status, name, value: answer }) => {
          const answerSchema = operation.responses[status]?.content?.["application/json"].schema;
          return {
            ...requestOf(name, method, path, operation),
            status: Number(status),
            ...(answerSchema !== undefined && { answer, answerSchema }),
          };
        }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function requestOf(name: string, method: string, path: string, { parameters = [], requestBody }: Operation) {
  const headers: Record<string, string> = {};
  const query = new URLSearchParams();
  const sent: [Schema, unknown][] = [];
  let target = path;
  for (const { name: parameter, in: place, schema, examples } of parameters) {
    const value = examples?.[name]?.value;
    if (value === undefined) {
      continue;
    }
    sent.push([schema, value]);
    if (place === "path") {
      target = target.replace(`{${parameter}}`, String(value));
    } else if (place === "header") {
      headers[parameter] = String(value);
    } else if (typeof value === "object") {
      for (const [key, text] of Object.entries(value ?? {})) {
        query.set(`${parameter}[${key}]`, String(text));
      }
    } else {
      query.set(parameter, String(value));
    }
  }
  const json = requestBody?.content["application/json"];
  const body = json?.examples?.[name]?.value;
  if (json !== undefined && body !== undefined) {
    sent.push([json.schema, body]);
  }
  return {
    name,
    method: method.toUpperCase(),
    path: query.size > 0 ? `${target}?${query}` : target,
    headers,
    body,
    sent,
  };
}

/** Every time that an answer tells of something that has happened. */
function timesIn(answer: unknown): number[] {
  if (typeof answer !== "object" || answer === null) {
    return [];
  }
  return Object.entries(answer).flatMap(([field, value]) =>
    ["createdOn", "completedOn", "revokedOn"].includes(field) ? [value as number] : timesIn(value),
  );
}

/** Tells what is wrong with a value by its documented schema; nothing, where it is as documented. */
function checker(description: Description): (schema: Schema, value: unknown) => readonly object[] {
  const ajv = new Ajv2020({ strict: false, formats: { int64: true } });
  ajv.addSchema({ components: description.components } as AnySchema, "description");
  return (schema, value) => {
    const resolved = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"description#/'));
    return ajv.validate(resolved, value) ? [] : (ajv.errors ?? []);
  };
}

const description = await readDescription();
const exchanges = exchangesOf(description);
const check = checker(description);

/** A door to a service in which a message has been given up and a receiver is paused, since a story takes no day. */
async function openStoryDoor(open: OpenStore): Promise<Door> {
  const sealer = { ...sealerOf(async () => linkKeys), seal: async () => exampleToken };
  const secretsOf = countedSecrets(exampleSecretIds, exampleSecret);
  const door = await openDoor(open, {
    sealer,
    secretsOf,
    addresses: addressesAt(["https://promises.example", ownUrl]),
  });
  await door.store.attempt(posting(parkedMessage), { roundTrips: 0 });
  await door.store.attempt(posting(heldMessage), { roundTrips: 0 });
  const paused = { kind: "put", image: pausedEndpoint } as const;
  await door.store.attempt({ of: "endpoint", id: pausedEndpoint.id, guards: [], change: paused }, { roundTrips: 0 });
  const { promiseId, id } = parkedLog;
  const change = { kind: "put", image: parkedLog } as const;
  await door.store.attempt({ of: "delivery", in: promiseId, id, guards: [], change }, { roundTrips: 0 });
  return door;
}

describe.each(everyStore)("The documented story, told to a server over %s", (_, open) => {
  it("is answered in every word as documented", async () => {
    const door = await openStoryDoor(open);
    for (const { name, method, path, headers, body, status, answer, answerSchema } of exchanges) {
      door.clock.now = Math.max(door.clock.now, ...timesIn(answer));
      const reply = await door.ask(method, path, body, headers);
      expect({ name, status: reply.status, body: reply.body }).toEqual({ name, status, body: answer ?? null });
      expect(answerSchema === undefined ? [] : check(answerSchema, reply.body), name).toEqual([]);
    }
    door.close();
  });
});

describe("The description's examples", () => {
  it("tell of every operation: a request that succeeds, and each refusal that a request can meet", () => {
    const told = new Map(
      operationsOf(description).map(({ method, path, operation }) => {
        const statuses = new Set(answersOf(operation).map(({ status }) => Number(status)));
        return [`${method} ${path}`, [...statuses].sort()];
      }),
    );
    expect(Object.fromEntries(told)).toEqual({
      "post /promises": [200, 201, 400, 404, 409, 413, 500, 503],
      "get /promises": [200, 400, 500, 503],
      "patch /promises/{id}": [200, 201, 400, 403, 404, 413, 500, 503],
      "get /promises/{id}": [200, 404, 500, 503],
      "post /promises/subscribe/{id}": [200, 201, 400, 404, 500, 503],
      "post /schedules": [200, 201, 400, 409, 413, 500, 503],
      "get /schedules": [200, 400, 500, 503],
      "get /schedules/{id}": [200, 404, 500, 503],
      "delete /schedules/{id}": [204, 404, 500, 503],
      "get /deliveries": [200, 500, 503],
      "get /messages": [200, 400, 500, 503],
      "post /messages/{id}/replay": [200, 404, 500, 503],
      "post /messages/replay": [200, 400, 500, 503],
      "get /endpoints": [200, 400, 500, 503],
      "post /endpoints/{id}/resume": [200, 404, 500, 503],
      "post /promises/{id}/links": [201, 400, 404, 500, 503],
      "post /links": [201, 403, 500, 503],
      "put /hooks/{hook}/config": [200, 201, 400, 409, 500, 503],
      "get /hooks/{hook}/config": [200, 404, 500, 503],
      "delete /hooks/{hook}/config": [204, 404, 500, 503],
      "get /hooks": [200, 500, 503],
      "post /hooks/{hook}/secrets": [201, 400, 500, 503],
      "delete /hooks/{hook}/secrets": [200, 404, 500, 503],
      "get /hooks/{hook}/events": [200, 404, 500, 503],
      "get /hooks/{hook}/kept": [200, 404, 500, 503],
      "post /hooks/{hook}/dry-run": [200, 404, 500, 503],
      "post /hooks/{hook}": [200, 401, 500, 503],
      "get /hooks/{hook}": [401, 500, 503],
      "get /links": [200, 500, 503],
      "delete /links": [200, 404, 500, 503],
      "put /subscriptions/{name}": [200, 201, 400, 404, 409, 500, 503],
      "get /subscriptions/{name}": [200, 404, 500, 503],
      "get /subscriptions": [200, 500, 503],
      "delete /subscriptions/{name}": [204, 404, 500, 503],
      "post /subscriptions/{name}/secrets": [201, 404, 500, 503],
      "delete /subscriptions/{name}/secrets": [200, 404, 500, 503],
      "post /subscriptions/{name}/pause": [200, 404, 500, 503],
      "post /subscriptions/{name}/resume": [200, 404, 500, 503],
    });
  });

  it("have a request for every answer of the story, and an answer for every request", () => {
    const requests = operationsOf(description).flatMap(({ operation: { parameters = [], requestBody } }) =>
      [...parameters, ...(requestBody === undefined ? [] : [requestBody.content["application/json"]])].flatMap(
        ({ examples = {} }) => Object.keys(examples),
      ),
    );
    expect(new Set(requests)).toEqual(new Set(exchanges.map(({ name }) => name)));
  });

  it("send what the schemas allow, but where they show what is refused as invalid", () => {
    const refused = exchanges.filter(({ sent }) => sent.some(([schema, value]) => check(schema, value).length > 0));
    expect(refused.map(({ name }) => name)).toEqual(
      exchanges.filter(({ status }) => status === 400).map(({ name }) => name),
    );
  });

  it("are of their schema wherever a schema itself has one", () => {
    const alone = schemasWithExample(description);
    expect(alone.length).toBeGreaterThan(5);
    for (const { example, ...schema } of alone) {
      expect(check(schema, example), JSON.stringify(schema)).toEqual([]);
    }
  });

  it("never let an answer's field be null, but for the cursor of the last page, and a subscription that is not", () => {
    const asked = [
      ...["CreatePromise", "Composite", "CreateMember", "CompletePromise", "SentValue"],
      ...["CreateSchedule", "Subscribe", "CreateLink"],
      ...["PutHook", "AddSecret", "DryRun", "HookDefinition", "PutSubscription"],
    ];
    const schemas = Object.entries(description.components?.schemas ?? {});
    const answers = schemas.filter(([name]) => !asked.includes(name));
    expect(schemas.length - answers.length).toBe(asked.length);
    const nullable = answers.filter(([, schema]) => JSON.stringify(schema).includes('"null"')).map(([name]) => name);
    expect(nullable.sort()).toEqual([
      "EndpointPage",
      "MessagePage",
      "NotSubscribed",
      "PromisePage",
      "Replayed",
      "SchedulePage",
    ]);
    for (const [page, rows] of [
      ["PromisePage", "promises"],
      ["SchedulePage", "schedules"],
      ["MessagePage", "messages"],
      ["EndpointPage", "endpoints"],
    ] as const) {
      expect(check({ $ref: `#/components/schemas/${page}` }, { [rows]: [], cursor: null })).toEqual([]);
      expect(check({ $ref: `#/components/schemas/${page}` }, { [rows]: null, cursor: null })).not.toEqual([]);
    }
    expect(check({ $ref: "#/components/schemas/Value" }, { data: null })).not.toEqual([]);
  });
});

describe("The documented errors that are not part of the story", () => {
  const big = { data: "x".repeat(limits.payloadBytesMax) };

  it.each([
    ["post", "/promises", { id: "a", timeout: 1, param: big }],
    ["patch", "/promises/{id}", { state: "RESOLVED", value: big }],
    ["post", "/schedules", { id: "a", cron: "@daily", promiseId: "p", promiseTimeout: 1, promiseParam: big }],
  ])("tell a %s on %s of the limit that its payload breaks", async (method, path, body) => {
    const door = await openDoor(openSqlite);
    const reply = await door.ask(method.toUpperCase(), path.replace("{id}", "a"), body);
    expectDocumented(reply, method, path, "too-large");
    door.close();
  });

  it.each([
    ["store-unavailable", new Fault("storeUnavailable", {})],
    ["store-failed", new Fault("storeFailed", {})],
    ["unexpected", new Error("nobody foresaw this")],
  ])("are answered as shown: %s", async (example, failure) => {
    const door = await openFailingDoor(failure);
    for (const { method, path, operation } of operationsOf(description)) {
      const [shown] = answersOf(operation).filter(({ name }) => isOfStory(name));
      const request = requestOf(shown?.name ?? "", method, path, operation);
      const reply = await door.ask(request.method, request.path, request.body, request.headers);
      expectDocumented(reply, method, path, example);
    }
    door.close();
  });
});

function expectDocumented({ status, body }: Reply, method: string, path: string, example: string): void {
  const found = operationsOf(description).find((each) => each.method === method && each.path === path);
  const documented = found?.operation.responses[status]?.content?.["application/json"];
  expect(body, `${method} ${path}`).toEqual(documented?.examples?.[example]?.value);
  expect(check(documented?.schema ?? {}, body)).toEqual([]);
}

/** A door to a service that does nothing but fail. */
const openFailingDoor = (failure: Error): Promise<Door> => {
  const fail = () => Promise.reject(failure);
  const promises: Promises = {
    create: fail,
    get: fail,
    settle: fail,
    search: fail,
    list: fail,
    registerCallback: fail,
    registerListener: fail,
    subscribe: fail,
  };
  const schedules: Schedules = { get: fail, create: fail, delete: fail, list: fail };
  const messages: Messages = { log: fail, list: fail, replay: fail, replayAll: fail, endpoints: fail, resume: fail };
  const links: Links = { mint: fail, list: fail, revoke: fail };
  const hooks: Hooks = {
    put: fail,
    get: fail,
    list: fail,
    remove: fail,
    addSecret: fail,
    endSecret: fail,
    events: fail,
    waiting: fail,
  };
  const receiver: Receiver = { receive: fail, dryRun: fail };
  const subscriptions: Subscriptions = {
    put: fail,
    get: fail,
    list: fail,
    remove: fail,
    addSecret: fail,
    endSecret: fail,
    pause: fail,
    resume: fail,
  };
  return openDoor(openSqlite, { promises, schedules, messages, links, hooks, receiver, subscriptions });
};

/** Every schema in a part of the description that has an example of its own. */
function schemasWithExample(part: unknown): (Schema & { example: unknown })[] {
  if (typeof part !== "object" || part === null) {
    return [];
  }
  const inside = Object.entries(part).flatMap(([name, each]) => (name === "example" ? [] : schemasWithExample(each)));
  return "example" in part ? [part as Schema & { example: unknown }, ...inside] : inside;
}
