import { setTimeout as sleep } from "node:timers/promises";
import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const resonate = new Resonate({ url, ttl: 5_000 });

async function charge(_: Context, user: string) {
  await sleep(1_000);
  console.log(`charged ${user}`);
  return `receipt of ${user}`;
}

async function deliver(_: Context, user: string, song: string) {
  await sleep(1_000);
  console.log(`delivered ${song} to ${user}`);
}

function* purchase(context: Context, user: string, song: string) {
  const receipt = yield* context.run(charge, user);
  yield* context.sleep(2_000);
  yield* context.run(deliver, user, song);
  return receipt;
}

resonate.register("purchase", purchase);
