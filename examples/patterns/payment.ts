import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const token = process.env["RESONATE_TOKEN"];
const key = process.env["STRIPE_KEY"] ?? "";
const [id = "order-1", stripe = "https://api.stripe.com"] = process.argv.slice(2);
const day = 24 * 60 * 60 * 1_000;

interface Session {
  readonly id: string;
  readonly amount_total: number;
}

async function checkout(_: Context, promise: string, cents: number) {
  const response = await fetch(`${stripe}/v1/checkout/sessions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "idempotency-key": promise },
    body: new URLSearchParams({
      mode: "payment",
      success_url: "https://shop.example/thanks",
      "metadata[promise]": promise,
      "line_items[0][quantity]": "1",
      "line_items[0][price_data][currency]": "eur",
      "line_items[0][price_data][unit_amount]": String(cents),
      "line_items[0][price_data][product_data][name]": "Blue in Green",
    }),
  });
  if (!response.ok) {
    throw new Error(`no page to pay at: ${response.status}`);
  }
  const session = (await response.json()) as { url: string };
  console.log(`pay at ${session.url}`);
}

function* order(context: Context, cents: number) {
  const payment = yield* context.promise<Session>({ timeout: day });
  yield* context.run(checkout, payment.id, cents);
  try {
    const { amount_total } = yield* payment;
    return `paid: ${amount_total / 100} EUR`;
  } catch (error) {
    return `not paid: ${error instanceof Error ? error.message : error}`;
  }
}

const resonate = new Resonate({ url, ...(token !== undefined && { token }) });
resonate.register("order", order);
console.log(await resonate.run(id, "order", 1_250, resonate.options({ timeout: day + 60_000 })));
await resonate.stop();
