import { type Context, Exponential, Never, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const [id = "order-1"] = process.argv.slice(2);

async function charge(context: Context, order: string) {
  console.log(`charge ${order}, attempt ${context.info.attempt}`);
  if (context.info.attempt < 3) {
    throw new Error("the bank does not answer");
  }
}

async function ship(_: Context, order: string) {
  throw new Error(`nothing of ${order} is in stock`);
}

async function payBack(_: Context, order: string) {
  console.log(`pay ${order} back`);
}

function* fulfil(context: Context, order: string) {
  const patiently = context.options({ retryPolicy: new Exponential({ delay: 100, factor: 2, maxRetries: 5 }) });
  yield* context.run(charge, order, patiently);
  try {
    yield* context.run(ship, order, context.options({ retryPolicy: new Never() }));
    return "shipped";
  } catch (error) {
    yield* context.run(payBack, order);
    return `paid back: ${(error as Error).message}`;
  }
}

const resonate = new Resonate({ url });
resonate.register("fulfil", fulfil);
console.log(await resonate.run(id, "fulfil", id));
await resonate.stop();
