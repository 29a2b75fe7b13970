import { type Context, Resonate } from "@resonatehq/sdk";

const url = process.env["RESONATE_URL"] ?? "http://localhost:8001";
const token = process.env["RESONATE_TOKEN"];
const [id = "release-1", channel = "#releases", slack = "https://slack.com"] = process.argv.slice(2);
const timeout = 24 * 60 * 60 * 1_000;

async function ask(_: Context, promise: string, version: string) {
  const button = (action_id: string, text: string, style: string) => ({
    type: "button",
    action_id,
    style,
    text: { type: "plain_text", text },
    value: promise,
  });
  const elements = [button("approve", "Release", "primary"), button("refuse", "Not now", "danger")];
  const text = `Release ${version}?`;
  const response = await fetch(`${slack}/api/chat.postMessage`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${process.env["SLACK_TOKEN"] ?? ""}`,
      "content-type": "application/json; charset=utf-8",
    },
    body: JSON.stringify({
      channel,
      text,
      blocks: [
        { type: "section", text: { type: "plain_text", text } },
        { type: "actions", elements },
      ],
    }),
  });
  const { ok, error } = (await response.json()) as { ok: boolean; error?: string };
  if (!ok) {
    throw new Error(`nobody was asked: ${error}`);
  }
  console.log(`asked in ${channel}`);
}

function* release(context: Context, version: string) {
  const answer = yield* context.promise<string>({ timeout });
  yield* context.run(ask, answer.id, version);
  try {
    return `released, says ${yield* answer}`;
  } catch (error) {
    return `not released, says ${error instanceof Error ? error.message : error}`;
  }
}

const resonate = new Resonate({ url, ...(token !== undefined && { token }) });
resonate.register("release", release);
console.log(await resonate.run(id, "release", "2.4.0", resonate.options({ timeout: timeout + 60_000 })));
await resonate.stop();
