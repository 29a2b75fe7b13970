import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const resonate = new Resonate({ url, group: "quotes", ttl: 3_000 });

async function price(_: Context, currency: string) {
  console.log(`price in ${currency}`);
}

function* inDollars(context: Context) {
  yield* context.run(price, "USD");
  yield* context.sleep(4_000);
  return "a price in dollars";
}

function* inEuros(context: Context) {
  yield* context.run(price, "EUR");
  yield* context.run(price, "USD");
  return "prices in euros and dollars";
}

const [isNew = "new"] = process.argv.slice(2);
resonate.register("quote", inDollars, { version: 1 });
if (isNew === "new") {
  resonate.register("quote", inEuros, { version: 2 });
}
