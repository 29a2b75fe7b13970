import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const [id = "expense-1", days = "7"] = process.argv.slice(2);
const timeout = Number(days) * 24 * 60 * 60 * 1_000;

async function ask(_: Context, promiseId: string, amount: number) {
  console.log(`approve ${amount}? The answer goes to ${promiseId}`);
}

function* expense(context: Context, amount: number, timeout: number) {
  const answer = yield* context.promise<boolean>({ timeout });
  yield* context.run(ask, answer.id, amount);
  try {
    return (yield* answer) ? "approved" : "refused";
  } catch {
    return "nobody answered";
  }
}

const resonate = new Resonate({ url });
resonate.register("expense", expense);
const options = resonate.options({ timeout: timeout + 60_000 });
console.log(await resonate.run(id, "expense", 120, timeout, options));
await resonate.stop();
