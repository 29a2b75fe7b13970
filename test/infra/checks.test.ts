/** Props that the functions would refuse at their start are refused before anything is deployed, and by the same code. */

import { generateKeyPairSync } from "node:crypto";
import { App, CfnParameter, Fn, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { expect, it } from "vitest";
import { ResonateService, type ResonateServiceProps } from "../../infra/service.ts";

const pem = (key: ReturnType<typeof generateKeyPairSync>["publicKey"]) =>
  key.export({ type: "spki", format: "pem" }).toString();

const keySet = { jwksUrl: "https://issuer.example/keys", issuer: "https://issuer.example", audience: "promises" };

type Told = ResonateServiceProps | ((stack: Stack) => ResonateServiceProps);

function made(told: Told): Template {
  const stack = new Stack(new App(), "Own");
  new ResonateService(stack, "Promises", typeof told === "function" ? told(stack) : told);
  return Template.fromStack(stack);
}

const signIn = (issuer: string) => (stack: Stack) => ({
  signIn: { issuer, clientId: "promises", clientSecret: Secret.fromSecretNameV2(stack, "SignIn", "sign-in") },
});

it.each<readonly [string, Told, string]>([
  ["a key of another kind", { tokens: { publicKey: pem(generateKeyPairSync("x25519").publicKey) } }, "tokens: "],
  [
    "a short key",
    { tokens: { publicKey: pem(generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey) } },
    "tokens: tokens are verified with RSA of at least 2048 bits",
  ],
  ["a key that is none", { tokens: { publicKey: "MFkw" } }, "this is none"],
  ["a key set by http", { tokens: { ...keySet, jwksUrl: "http://issuer.example/keys" } }, "https://"],
  ["a key set's URL that is none", { tokens: { ...keySet, jwksUrl: "https://[x" } }, "https://"],
  [
    "an issuer without keys",
    { tokens: { issuer: "https://issuer.example" } },
    "of no use without publicKey or jwksUrl",
  ],
  ["an issuer of people that is none", signIn("https://[x"), "signIn.issuer must be a URL that begins with https://"],
  ["an issuer of people by http", signIn("http://people.example"), "signIn.issuer must be"],
  ["a public URL that is none", { publicUrls: ["https://[x"] }, "publicUrls must be"],
  ["a public URL with a slash at its end", { publicUrls: ["https://a.example/"] }, "without a slash"],
  ["a collector that is none", { traces: { endpoint: "http://[x" } }, "traces.endpoint must be"],
])("%s is refused", (_, told, refusal) => {
  expect(() => made(told)).toThrow(refusal);
});

it("a description that is closed is closed by both functions that answer it, and by no other", () => {
  const closed = { Environment: { Variables: { DESCRIPTION_CLOSED: "true" } } };
  const template = made({ isDescriptionClosed: true, streaming: {} });
  const names = Object.values(template.findResources("AWS::Lambda::Function", { Properties: closed }));
  expect(names.map(({ Properties }) => Properties.Description)).toEqual([
    "Answers requests for durable promises",
    "Answers requests, and keeps the streams of workers",
  ]);
  made({ streaming: {} }).resourcePropertiesCountIs("AWS::Lambda::Function", closed, 0);
});

it("what is known only once it is deployed is not looked at", () => {
  const template = made((stack) => ({
    tokens: { publicKey: new CfnParameter(stack, "Key").valueAsString },
    publicUrls: [Fn.importValue("url")],
    ...signIn(Fn.importValue("issuer"))(stack),
  }));
  template.hasResourceProperties("AWS::Lambda::Function", {
    Environment: { Variables: { JWT_PUBLIC_KEY: { Ref: "Key" }, SIGN_IN_ISSUER: { "Fn::ImportValue": "issuer" } } },
  });
});
