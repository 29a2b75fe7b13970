import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const token = process.env["RESONATE_TOKEN"];
const [id = "budget-7", need = "2"] = process.argv.slice(2);
const people = ["Ada", "Grace", "Barbara"];

interface Approved {
  readonly members: readonly { readonly id: string; readonly value?: { readonly comment?: string } }[];
}

async function ask(_: Context, person: string, promiseId: string) {
  const response = await fetch(`${url}/links?promiseId=${encodeURIComponent(promiseId)}`, {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    body: JSON.stringify({
      outcomes: ["resolve", "reject"],
      encoding: "sdk",
      label: "Budget",
      question: `Approve the budget, ${person}?`,
    }),
  });
  if (!response.ok) {
    throw new Error(`no link was made: ${response.status}`);
  }
  const link = (await response.json()) as { url: string };
  console.log(`mail to ${person}: ${link.url}`);
}

function* budget(context: Context, need: number) {
  const asked: string[] = [];
  for (const person of people) {
    const answer = yield* context.promise();
    yield* context.run(ask, person, answer.id);
    asked.push(answer.id);
  }
  const rule = JSON.stringify({ of: asked, need });
  const decision = yield* context.promise<Approved>({ tags: { "resonate:composite": rule } });
  try {
    const { members } = yield* decision;
    return members.map(({ id, value }) => `${people[asked.indexOf(id)]} approved: ${value?.comment ?? "no comment"}`);
  } catch (error) {
    return [`not approved: ${error instanceof Error ? error.message : error}`];
  }
}

const resonate = new Resonate({ url, ...(token !== undefined && { token }) });
resonate.register("budget", budget);
console.log((await resonate.run<string[]>(id, "budget", Number(need))).join("\n"));
await resonate.stop();
