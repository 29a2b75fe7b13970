/**
 * Every sender, and what can be wrong with its requests.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "#lib/hooks/decide.ts";
import { providers } from "#lib/hooks/definition.ts";
import { eventIdLengthMax, type HookRequest } from "#lib/hooks/hook.ts";
import { secretProblem } from "#lib/hooks/secret.ts";
import { verify } from "#lib/hooks/verify.ts";
import { hookOf, now, request, seconds } from "./requests.ts";
import { type Sender, senders } from "./senders.ts";

const hookFrom = ({ provider, definition = {} }: Sender) => hookOf({ provider, ...definition });

const check = (sender: Sender, sent: HookRequest, secrets: readonly string[] = [sender.secret]) =>
  verify(sent, hookFrom(sender), secrets, now);

const refused = (reason: string | RegExp) => ({
  kind: "refused",
  reason: typeof reason === "string" ? reason : expect.stringMatching(reason),
});

const withHeader = (sent: HookRequest, name: string, value: string | undefined): HookRequest => {
  const { [name]: _, ...others } = sent.headers;
  return { ...sent, headers: value === undefined ? others : { ...others, [name]: value } };
};

it("is tested of every provider there is", () => {
  expect(senders.map(({ provider }) => provider).sort()).toEqual([...providers].sort());
});

describe.each(senders)("A request of $provider", (sender) => {
  const { secret, send, eventId, type, signature, toleranceMs } = sender;
  const sent = send(secret);
  const another = sender.provider === "standard" ? `whsec_${Buffer.alloc(24, 2).toString("base64")}` : `${secret}x`;

  it("is an event, by any of the secrets in force", async () => {
    for (const secrets of [[secret], [another, secret], [secret, another], ["", secret]]) {
      const event = await check(sender, sent, secrets);
      expect(event).toMatchObject({ kind: "event", type, eventId: expect.stringMatching(eventId) });
      expect("at" in event).toBe(toleranceMs !== undefined);
    }
  });

  it("has the same id each time it is delivered, also when it is signed anew", async () => {
    const again = await check(sender, send(another, now + 2_000), [another]);
    const first = await check(sender, send(another), [another]);
    // The body itself says when it was sent, or whose it is: then only its sender's own id stays.
    expect(again).toMatchObject({ eventId: first.kind === "event" ? first.eventId : "" });
  });

  it("is refused by other secrets, by none, and by an empty one", async () => {
    expect(await check(sender, sent, [another])).toEqual(refused("signatureWrong"));
    expect(await check(sender, sent, [])).toEqual(refused("noSecret"));
    expect(await check(sender, sender.provider === "standard" ? sent : send(""), [""])).toMatchObject({
      kind: "refused",
    });
  });

  it("is refused with any byte of its body altered", async () => {
    if (signature === undefined) {
      return;
    }
    for (let at = 0; at < sent.body.length; at++) {
      const body = Uint8Array.from(sent.body, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await check(sender, { ...sent, body })).toMatchObject({ kind: "refused" });
    }
    expect(await check(sender, { ...sent, body: sent.body.subarray(1) })).toMatchObject({ kind: "refused" });
  });

  it("is refused with its signature missing, empty, twice, cut, longer or altered", async () => {
    if (signature === undefined) {
      return;
    }
    const given = sent.headers[signature] ?? "";
    const altered = given.replace(/[0-9a-zA-Z+/](?==*$)/, (last) => (last === "0" ? "1" : "0"));
    const prefix = /^(sha256|v0|v2)=/.exec(given)?.[1];
    if (prefix !== undefined) {
      const another = `${"x".repeat(prefix.length)}${given.slice(prefix.length)}`;
      expect(await check(sender, withHeader(sent, signature, another))).toEqual(refused("signatureMalformed"));
    }
    const cases: readonly (readonly [string | undefined, RegExp])[] = [
      [undefined, /^signatureMissing$/],
      ["", /^signatureMissing$/],
      [`${given.slice(0, -2)}`, /^signature(Malformed|Wrong)$/],
      [`${given}00`, /^signature(Malformed|Wrong)$/],
      [` ${given}`, /^(signature(Malformed|Wrong)|event)$/],
      [altered, /^signature(Wrong|Malformed)$/],
      ["\u0000", /^signatureMalformed$/],
      ["é", /^signatureMalformed$/],
    ];
    for (const [value, reason] of cases) {
      const verdict = await check(sender, withHeader(sent, signature, value));
      expect(verdict.kind === "refused" ? verdict.reason : verdict.kind).toMatch(reason);
    }
    const twice = await check(sender, withHeader(sent, signature, `${given}, ${given}`));
    expect(twice).toEqual(refused("signatureMalformed"));
  });

  it("is refused by another method than POST", async () => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post"]) {
      expect(await check(sender, { ...sent, method })).toEqual(refused("methodNotPost"));
    }
  });

  it("is refused when it is too old, or from the future, by more than its tolerance", async () => {
    if (toleranceMs === undefined) {
      return;
    }
    const at = (moment: number) => check(sender, send(secret, moment));
    for (const moment of [now - toleranceMs, now, now + toleranceMs]) {
      expect(await at(moment)).toMatchObject({ kind: "event", at: moment });
    }
    expect(await at(now - toleranceMs - 1_000)).toEqual(refused("timestampTooOld"));
    expect(await at(now + toleranceMs + 1_000)).toEqual(refused("timestampInFuture"));
    const narrow = hookOf({ provider: sender.provider, ...sender.definition, toleranceMs: 1_000 });
    expect(await verify(send(secret, now - 2_000), narrow, [secret], now)).toEqual(refused("timestampTooOld"));
    // Whoever cannot sign is not told what the clock says.
    expect(await check(sender, send(another, 1_000))).toEqual(refused("signatureWrong"));
  });

  it("is refused with the moment of another signature", async () => {
    for (const name of ["x-slack-request-timestamp", "webhook-timestamp", "x-sent", "x-zm-request-timestamp"]) {
      const moment = sent.headers[name];
      if (moment !== undefined) {
        expect(await check(sender, withHeader(sent, name, String(Number(moment) + 1)))).toEqual(
          refused("signatureWrong"),
        );
        expect(await check(sender, withHeader(sent, name, undefined))).toEqual(refused("timestampMissing"));
        for (const malformed of [`${moment}, ${moment}`, `-${moment}`, `${moment}.0`, "1e9", "soon", "9".repeat(16)]) {
          expect(await check(sender, withHeader(sent, name, malformed))).toEqual(refused("timestampMalformed"));
        }
      }
    }
  });
});

describe("Of what its sender signs beside the body", () => {
  const senderOf = (provider: string) => senders.find((sender) => sender.provider === provider) as Sender;

  it("a Stripe signature has one moment", async () => {
    const sender = senderOf("stripe");
    const sent = sender.send(sender.secret);
    const given = sent.headers["stripe-signature"] ?? "";
    for (const header of [`t=1,${given}`, `${given},t=${seconds(now)}`, given.replace(/^t=\d+,/, "")]) {
      expect(await check(sender, withHeader(sent, "stripe-signature", header))).toMatchObject({ kind: "refused" });
    }
    const many = `${given}${`,v1=${"0".repeat(64)}`.repeat(10)}`;
    expect(await check(sender, withHeader(sent, "stripe-signature", many))).toEqual(refused("signatureMalformed"));
    // An older scheme proves nothing.
    const older = given.replace("v1=", "v0=");
    expect(await check(sender, withHeader(sent, "stripe-signature", older))).toEqual(refused("signatureMalformed"));
  });

  it.each([
    ["twilio", "https://promises.example/hooks/sms?promise=18"],
    ["twilio", "https://elsewhere.example/hooks/sms?promise=17"],
    ["hmac", "https://promises.example/hooks/sms?promise=18"],
  ])("the URL of %s is none but its own: %s", async (provider, url) => {
    const sender = senderOf(provider);
    const altered = { ...sender.send(sender.secret), url };
    expect(await check(sender, altered)).toEqual(refused("signatureWrong"));
  });

  it("a header and an id belong to the signature", async () => {
    for (const [provider, name] of [
      ["hmac", "x-id"],
      ["standard", "webhook-id"],
    ] as const) {
      const sender = senderOf(provider);
      const altered = withHeader(sender.send(sender.secret), name, "e18");
      expect(await check(sender, altered)).toEqual(refused("signatureWrong"));
    }
  });

  it("every notification of Microsoft's has the secret", async () => {
    const sender = senderOf("microsoft");
    const post = (value: unknown) => check(sender, request({ body: JSON.stringify({ value }) }));
    const right = { clientState: sender.secret };
    expect(await post([right, { clientState: "another" }])).toEqual(refused("signatureWrong"));
    expect(await post([right, {}])).toEqual(refused("signatureMissing"));
    expect(await post([{ clientState: [sender.secret] }])).toEqual(refused("signatureMissing"));
    expect(await post([])).toEqual(refused("bodyMalformed"));
    expect(await post({})).toEqual(refused("bodyMalformed"));
    expect(await check(sender, request({ body: "{" }))).toEqual(refused("bodyMalformed"));
  });

  it("Linear's moment is a number in the body", async () => {
    const sender = senderOf("linear");
    const post = (body: string) => {
      const signature = createHmac("sha256", sender.secret).update(body).digest("hex");
      return check(sender, request({ headers: { "linear-signature": signature }, body }));
    };
    expect(await post("{}")).toEqual(refused("timestampMissing"));
    expect(await post(`{"webhookTimestamp":"${now}"}`)).toEqual(refused("timestampMalformed"));
    expect(await post("[]")).toEqual(refused("timestampMissing"));
    expect(await post("no JSON")).toEqual(refused("bodyMalformed"));
    expect(await post(`{"webhookTimestamp":${now}}`)).toMatchObject({ kind: "event" });
  });
});

it("An id that is no short text is told by its hash", async () => {
  const sender = senders[1] as Sender;
  const deliver = async (id: string) => {
    const event = await check(sender, withHeader(sender.send(sender.secret), "x-github-delivery", id));
    return event.kind === "event" ? event.eventId : "";
  };
  expect(await deliver("a".repeat(eventIdLengthMax))).toHaveLength(eventIdLengthMax);
  for (const id of ["a".repeat(eventIdLengthMax + 1), "é", "a\nb"]) {
    expect(await deliver(id)).toMatch(/^sha256:[0-9a-f]{64}$/);
  }
  expect(await deliver("é")).not.toBe(await deliver("è"));
});

it("A secret of Standard Webhooks is base64 of enough bytes", () => {
  expect(secretProblem({ provider: "stripe" }, "any text")).toBeUndefined();
  expect(secretProblem({ provider: "standard" }, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).toBeUndefined();
  for (const secret of [
    "",
    "whsec_",
    "whsec_c2hvcnQ=",
    "whsec_not base64 but long enough",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwx",
  ]) {
    expect(secretProblem({ provider: "standard" }, secret)).toMatch(/^must be at least 16 bytes in base64/);
  }
});

describe("Whatever comes", () => {
  const names = [...new Set(senders.flatMap(({ send, secret }) => Object.keys(send(secret).headers)))];
  const headerValue = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("v0=", "sha256=", "t=1,v1=", "v1,", "1", "application/x-www-form-urlencoded", "0".repeat(64)),
    fc.stringMatching(/^(v0=|sha256=|t=\d{1,12},v1=|v1,|)[0-9a-f]{64}$/),
  );
  const json = fc.oneof(
    fc.json(),
    fc
      .record({ type: fc.anything(), event: fc.anything(), payload: fc.anything(), value: fc.anything() })
      .map((value) => {
        try {
          return JSON.stringify(value) ?? "";
        } catch {
          return "";
        }
      }),
  );
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.oneof(json, fc.webQueryParameters()).map((text) => new TextEncoder().encode(text)),
  );
  const anything = fc.record({
    method: fc.constantFrom("POST", "GET", ""),
    url: fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()),
    headers: fc.dictionary(fc.constantFrom(...names), headerValue, { noNullPrototype: false }),
    query: fc.webQueryParameters().map((text) => new URLSearchParams(text)),
    body,
  });

  it.each(senders)("of $provider, verifying refuses it and does not throw", async (sender) => {
    await fc.assert(
      fc.asyncProperty(anything, async (sent) => {
        const { kind } = await check(sender, sent);
        expect(kind === "refused" || (kind === "challenge" && sender.provider === "microsoft")).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("once verified, deciding does not throw", async () => {
    const sender = senders[1] as Sender;
    const hook = hookOf({
      provider: "github",
      rules: [{ where: [{ path: "$..a[?@.b]", equals: 1 }], do: "resolve" }],
      promiseId: { template: "{$..type}{header:x-sent}{query:a}" },
      allowUnsigned: true,
    });
    await fc.assert(
      fc.asyncProperty(anything, async (sent) => {
        const signature = createHmac("sha256", sender.secret).update(sent.body).digest("hex");
        const signed = withHeader({ ...sent, method: "POST" }, "x-hub-signature-256", `sha256=${signature}`);
        const event = await verify(signed, hook, [sender.secret], now);
        expect(event.kind).toBe("event");
        expect(event.kind === "event" && decide(hook, signed, event).kind).toMatch(/^(settle|ignored|unusable)$/);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["brackets", "[".repeat(2_000_000)],
    ["an open string of quotes", `"${'\\"'.repeat(1_000_000)}`],
    ["nested lists", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["one field a hundred thousand times", "a=1&".repeat(100_000)],
    ["a hundred thousand fields", Array.from({ length: 100_000 }, (_, at) => `a${at}=1`).join("&")],
    ["a field that holds brackets", `payload=${"[".repeat(2_000_000)}`],
  ])("%s are read in no time", async (_, text) => {
    const started = performance.now();
    for (const contentType of ["application/json", "application/x-www-form-urlencoded"]) {
      for (const sender of senders) {
        const sent = { ...withHeader(sender.send(sender.secret), "content-type", contentType) };
        expect((await check(sender, { ...sent, body: new TextEncoder().encode(text) })).kind).toBe("refused");
      }
    }
    // Twenty-two times; quadratic, each would take a minute.
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("verified, a deep body is none to find anything in", async () => {
    const sender = senders[1] as Sender;
    const bodyOf = async (depth: number) => {
      const text = `${"[".repeat(depth)}"[[["${"]".repeat(depth)}`;
      const signature = createHmac("sha256", sender.secret).update(text).digest("hex");
      const sent = request({ headers: { "x-hub-signature-256": `sha256=${signature}` }, body: text });
      return check(sender, sent);
    };
    expect(await bodyOf(64)).toMatchObject({ body: [expect.anything()] });
    expect(await bodyOf(65)).toMatchObject({ kind: "event", body: undefined });
    // What stands in a string is no bracket, whatever stands in front of it.
    for (const text of ['"', "\\", '\\"', '"\\'].map((front) => `${front}${"[".repeat(100)}`)) {
      const body = JSON.stringify({ text });
      const signature = createHmac("sha256", sender.secret).update(body).digest("hex");
      const sent = request({ headers: { "x-hub-signature-256": `sha256=${signature}` }, body });
      expect(await check(sender, sent)).toMatchObject({ body: { text } });
    }
  });
});
