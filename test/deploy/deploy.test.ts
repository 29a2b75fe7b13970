/**
 * Goal: what is deployed works, from nothing to destroyed, and goes on working while parts of it are off, killed or
 * replaced. Method: the CDK's own commands against an emulator of AWS; then clients over HTTP, and the official SDKs with
 * workers that ask and that are pushed to. Each step is printed with its time.
 */

import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { client, openIssuer as openPeople, type Issuer as People } from "../support/issuer.ts";
import { type Issuer, keys, openIssuer, tokens } from "./access.ts";
import { doors } from "./doors.ts";
import { type Emulator, startEmulator, whyNoEmulator } from "./emulator.ts";
import { events } from "./events.ts";
import { hooks } from "./hooks.ts";
import { links } from "./links.ts";
import { natively } from "./natively.ts";
import { byTheRuleAlone, killed } from "./on-its-own.ts";
import { type Deployed, deploy } from "./stack.ts";
import { type Stand, standOn } from "./stand.ts";
import { subscriptions } from "./subscriptions.ts";
import { tasks } from "./tasks.ts";
import { update } from "./update.ts";
import { workers } from "./workers.ts";

const excuse = await whyNoEmulator();

const say = (step: string, tookMs?: number): void =>
  void process.stderr.write(`  ${step}${tookMs === undefined ? "" : `: ${tookMs} ms`}\n`);

describe.skipIf(excuse !== undefined)(`The deployed service${excuse === undefined ? "" : `: ${excuse}`}`, () => {
  let emulator: Emulator;
  let deployed: Deployed;
  let issuer: Issuer;
  let people: People;
  let stood: Stand;
  const stand = () => stood;

  beforeAll(async () => {
    emulator = await startEmulator();
    issuer = await openIssuer();
    deployed = await deploy(emulator, say, async (callback) => {
      people = await openPeople(callback);
      return { url: people.url, clientId: client.id, clientSecret: client.secret };
    });
    stood = standOn(emulator, deployed, say);
  }, 400_000);

  afterAll(async () => {
    deployed?.close();
    issuer?.close();
    people?.close();
    await emulator?.stop();
  });

  beforeEach(({ task, onTestFinished }) => {
    const began = Date.now();
    onTestFinished(() => say(task.name, Date.now() - began));
  });

  const access = keys(stand);
  doors(stand);
  tasks(stand);
  subscriptions(stand);
  events(stand);
  hooks(stand);
  links(() => people)(stand);
  natively(stand);
  workers(stand);
  killed(stand);
  byTheRuleAlone(stand);
  update(() => issuer.context)(stand);
  tokens(() => issuer)(stand);
  access.areOver();

  it("has nothing left to deploy, and leaves the promises where they are when it is destroyed", async () => {
    expect(await deployed.cdk("diff", "Resonate")).toMatch(/no differences/i);
    await deployed.cdk("destroy", "Resonate", "--force");
    const { Table } = await stood.database.send(new DescribeTableCommand({ TableName: deployed.outputs["TableName"] }));
    expect(Table?.TableStatus).toBe("ACTIVE");
  });
});
