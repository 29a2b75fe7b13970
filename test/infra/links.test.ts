import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { beforeAll, describe, expect, it } from "vitest";
import { ResonateService } from "../../infra/service.ts";
import { ResonateStack } from "../../infra/stack.ts";

let template: Template;
beforeAll(() => {
  template = Template.fromStack(new ResonateStack(new App(), "Resonate"));
});

describe("the keys of links", () => {
  it("are made at random as a ring of one, in a secret that the API function may read, and no other", () => {
    const [secret] = Object.entries(template.findResources("AWS::SecretsManager::Secret")).find(([, { Properties }]) =>
      /links/.test(Properties.Description),
    ) ?? [""];
    template.hasResourceProperties("AWS::SecretsManager::Secret", {
      GenerateSecretString: { SecretStringTemplate: "{}", PasswordLength: 43, ExcludePunctuation: true },
    });
    const told = Object.values(template.findResources("AWS::Lambda::Function")).filter(
      ({ Properties }) => Properties.Environment?.Variables?.LINK_KEYS_SECRET_ARN?.Ref === secret,
    );
    expect(told.map(({ Properties }) => Properties.Description)).toEqual(["Answers requests for durable promises"]);
    const readers = Object.values(template.findResources("AWS::IAM::Policy")).filter((policy) =>
      JSON.stringify(policy).includes(`"${secret}"`),
    );
    expect(readers).toHaveLength(1);
  });

  it("are all that the function needs to know, unless people are to sign in: then its client's secret, which it may read", () => {
    const app = new App();
    const stack = new Stack(app, "Own");
    const clientSecret: ISecret = Secret.fromSecretNameV2(stack, "Client", "client-secret");
    const signIn = { issuer: "https://people.example", clientId: "promises", clientSecret };
    new ResonateService(stack, "Promises", { signIn });
    const own = Template.fromStack(stack);
    own.hasResourceProperties("AWS::Lambda::Function", {
      Environment: { Variables: { SIGN_IN_ISSUER: signIn.issuer, SIGN_IN_CLIENT: signIn.clientId } },
    });
    const readers = Object.values(own.findResources("AWS::IAM::Policy")).filter((policy) =>
      JSON.stringify(policy).includes("client-secret"),
    );
    expect(readers).toHaveLength(1);
    expect(JSON.stringify(template.toJSON())).not.toContain("SIGN_IN");
  });

  it("seal what stands in paths, which no gateway writes down", () => {
    for (const stage of Object.values(template.findResources("AWS::ApiGatewayV2::Stage"))) {
      expect(stage["Properties"]).not.toHaveProperty("AccessLogSettings");
    }
  });
});
