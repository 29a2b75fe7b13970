import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const token = process.env["RESONATE_TOKEN"];
const [id = "expense-1", days = "7"] = process.argv.slice(2);
const timeout = Number(days) * 24 * 60 * 60 * 1_000;

interface Approval {
  readonly decision: "resolve";
  readonly comment?: string;
}

async function ask(_: Context, promiseId: string, amount: number) {
  const response = await fetch(`${url}/links?promiseId=${encodeURIComponent(promiseId)}`, {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      outcomes: ["resolve", "reject"],
      encoding: "sdk",
      label: "Expense",
      from: "the travel desk",
      question: `Approve ${amount} EUR?`,
    }),
  });
  if (!response.ok) {
    throw new Error(`no link was made: ${response.status}`);
  }
  const link = (await response.json()) as { url: string };
  console.log(`mail to the boss: ${link.url}`);
}

function* expense(context: Context, amount: number, timeout: number) {
  const answer = yield* context.promise<Approval>({ timeout });
  yield* context.run(ask, answer.id, amount);
  try {
    const { comment = "no comment" } = yield* answer;
    return `approved: ${comment}`;
  } catch (error) {
    return `not approved: ${error instanceof Error ? error.message : error}`;
  }
}

const resonate = new Resonate({ url, ...(token !== undefined && { token }) });
resonate.register("expense", expense);
const options = resonate.options({ timeout: timeout + 60_000 });
console.log(await resonate.run(id, "expense", 120, timeout, options));
await resonate.stop();
