/** Anything that a client might send, much of it nearly right. */

import fc from "fast-check";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Record<string, string>;
}

/** Any text, and often one that means something to the door or to what is behind it. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    "p",
    "*",
    "p*",
    "a/b",
    "..",
    "%",
    "\0",
    "\ud800",
    "__proto__",
    "constructor",
    "RESOLVED",
    "pending",
    "true",
  ),
  fc.constantFrom(
    "http://promises.test/promises/p",
    "#0",
    ":a",
    "'; DROP TABLE promises; --",
    "\u{10ffff}",
    "x".repeat(1_001),
  ),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
);

const number = fc.oneof(
  fc.constantFrom(0, -0, 1, 999_999, 1_000_001, 2 ** 53, 2 ** 63, 2 ** 64, -1, 0.5, 1e308),
  fc.integer(),
  fc.double(),
);

const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 3 }), text, number);

const textMap = fc.oneof(
  { arbitrary: fc.dictionary(text, text, { maxKeys: 4 }), weight: 4 },
  { arbitrary: anyJson, weight: 1 },
);

const payload = fc.oneof(
  { arbitrary: fc.record({ headers: textMap, data: text }, { requiredKeys: [] }), weight: 4 },
  { arbitrary: anyJson, weight: 1 },
);

/** A create that fails, if it does, by its texts alone. */
export const create = fc.record({
  id: text,
  timeout: fc.oneof(fc.integer({ min: 0, max: 2_000_000 }), fc.constantFrom(2 ** 53, 2 ** 63)),
  param: payload,
  tags: textMap,
});

/** Bodies that mostly have the fields of a request, and mostly of the right type; and some that have nothing right. */
const body = fc.oneof(
  {
    arbitrary: fc.record({ id: text, timeout: number, param: payload, tags: textMap }, { requiredKeys: [] }),
    weight: 4,
  },
  {
    arbitrary: fc.record(
      { state: fc.constantFrom("resolved", "REJECTED", "x"), value: payload },
      { requiredKeys: ["state"] },
    ),
    weight: 4,
  },
  {
    arbitrary: fc.record(
      {
        id: text,
        cron: fc.oneof(fc.constantFrom("@daily", "* * * * *", "@every 1s", "0 0 30 2 *"), text),
        timezone: fc.oneof(fc.constantFrom("Europe/Berlin", null, "+02:00"), text),
        description: text,
        promiseId: fc.oneof(fc.constantFrom("{{.id}}.{{ .timestamp }}", "{{", "{{.x}}"), text),
        promiseTimeout: number,
        promiseParam: payload,
        promiseTags: textMap,
        tags: textMap,
      },
      { requiredKeys: ["id", "cron", "promiseId", "promiseTimeout"] },
    ),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      id: text,
      timeout: number,
      recv: fc.oneof(
        fc.constantFrom("https://example.com/", "poll://any@g", { type: "http", data: { url: "http://a" } }),
        fc.record({
          type: fc.constantFrom("http", "poll", "sqs"),
          data: fc.record({ group: text, id: text, url: text }),
        }),
        text,
      ),
    }),
    weight: 2,
  },
  { arbitrary: anyJson, weight: 2 },
  { arbitrary: fc.string().map((raw) => `{${raw}`), weight: 1 },
);

const raw = fc
  .array(
    fc.constantFrom(
      "a",
      "/",
      "%",
      "%2F",
      "%00",
      "%ff",
      "..",
      ".",
      "*",
      "+",
      ";",
      "promises",
      "subscribe",
      "%F0%9F%98%80",
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

const wellFormed = text.filter((each) => each.isWellFormed());

const query = fc
  .array(
    fc.tuple(
      fc.constantFrom("id", "state", "limit", "cursor", "tags", "tags[a]", "tags[__proto__]", "x"),
      fc.oneof(wellFormed, fc.integer({ min: -1, max: 101 }).map(String)),
    ),
    { maxLength: 5 },
  )
  .chain((parameters) =>
    fc
      .constantFrom("promises", "promises", "schedules", "messages", "messages/replay")
      .map((list) => `/${list}?${new URLSearchParams(parameters)}`),
  );

const path = fc.oneof(
  fc.constant("/promises"),
  wellFormed.map((id) => `/promises/${encodeURIComponent(id)}`),
  raw.map((rest) => `/promises/${rest}`),
  raw.map((rest) => `/${rest}`.replace(/^\/+/, "/")),
  wellFormed.map((id) => `/schedules/${encodeURIComponent(id)}`),
  wellFormed.map((id) => `/promises/subscribe/${encodeURIComponent(id)}`),
  fc.array(text, { minLength: 2, maxLength: 2 }).map((key) => {
    return `/messages/${Buffer.from(JSON.stringify(key)).toString("base64url")}/replay`;
  }),
  query,
  fc.string().map((search) => `/promises?${search}`),
  fc.constantFrom(
    "/health",
    "/openapi.json",
    "/schedules",
    "/schedules",
    "/schedules/p",
    "/messages?state=parked",
    "/messages/replay",
    "/messages/x/replay",
    "/tasks/claim",
    "/promises/task",
    "/promises/subscribe/p",
    "/promises/subscribe/x",
  ),
);

const header = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
});

const headers = fc.record(
  {
    "idempotency-key": fc.oneof(fc.constantFrom("k", "", "k".repeat(1_001)), header),
    strict: fc.oneof(fc.constantFrom("true", "False", "0", "maybe"), header),
    traceparent: fc.oneof(fc.constant("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), header),
    tracestate: header,
    "request-id": header,
    "content-type": header,
    accept: header,
    authorization: header,
  },
  { requiredKeys: [] },
);

/** Requests that mostly get past the routes, and often as far as the store. */
export const request: fc.Arbitrary<Sent> = fc.oneof(
  {
    arbitrary: fc
      .record({
        method: fc.constantFrom("GET", "GET", "POST", "POST", "PATCH", "PATCH", "PUT", "DELETE", "OPTIONS"),
        path,
        body,
        headers,
      })
      .map((sent) => ({ ...sent, body: sent.method === "GET" ? undefined : sent.body })),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      method: fc.constant("POST"),
      path: fc.constant("/promises"),
      body: create,
      headers: fc.constantFrom({}, { "idempotency-key": "k" }),
    }),
    weight: 1,
  },
);
