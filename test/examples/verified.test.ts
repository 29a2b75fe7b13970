/**
 * Receivers that verify what they are sent, each by the library that the page names, against a real server: they take what
 * it has signed, and nothing that was altered on its way.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { toKeyRing, withNewKey } from "#lib/access/key-ring.ts";
import { ownSecrets } from "#lib/access/signer.ts";
import { freshFolder } from "../support/folder.ts";
import { serve } from "../support/listener.ts";
import { playing, pythonAbsent, type Run } from "./scripts.ts";

type Sent = { readonly body: string; readonly headers: Record<string, string> };

/** The ways to alter a message that one may hope to get away with. */
const alterations: readonly ((sent: Sent) => Sent)[] = [
  ({ body, headers }) => ({ headers, body: body.replace("resolved", "rejected") }),
  ({ body, headers }) => ({ headers, body: JSON.stringify(JSON.parse(body), null, 1) }),
  ({ body, headers }) => ({ body, headers: { ...headers, "webhook-id": "msg_another" } }),
  ({ body, headers }) => {
    const later = String(Number(headers["webhook-timestamp"]) + 1);
    return { body, headers: { ...headers, "webhook-timestamp": later } };
  },
  ({ body, headers }) => ({ body, headers: { ...headers, "webhook-signature": "v1,AAAA" } }),
  ({ body, headers: { "webhook-signature": _, ...headers } }) => ({ body, headers }),
];

/** Stands between the server and a receiver: hands on each message, and before that what it has made of it. */
async function between(receiver: string) {
  const answers: { readonly altered: number[]; readonly sound: number }[] = [];
  const hand = async ({ body, headers }: Sent) => (await fetch(receiver, { method: "POST", body, headers })).status;
  const { url } = await serve(async (request, response) => {
    const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
    const sent = { body: await text(request), headers: headers as Record<string, string> };
    const altered = await Promise.all(alterations.map((alter) => hand(alter(sent))));
    const sound = await hand(sent);
    answers.push({ altered, sound });
    response.writeHead(sound).end();
  });
  return { url, answers };
}

async function receive(run: Run, server: string, file: string, data: string): Promise<void> {
  const [secret = ""] = ownSecrets(toKeyRing(readFileSync(join(data, "signing-keys.json"), "utf8")));
  const receiver = run(file, secret);
  const { url, answers } = await between((await receiver.says(/http:\S+/)) ?? "");
  await run("patterns/subscribe.sh", url, "download/1").ended();
  await receiver.says(/^msg_[\w-]{27}: .*download\/1/m);
  await expect.poll(() => answers).toEqual([{ altered: alterations.map(() => 401), sound: 204 }]);
  const offered = { id: "encode/1", timeout: 4_102_444_800_000, tags: { "resonate:target": url } };
  await fetch(`${server}/promises`, { method: "POST", body: JSON.stringify(offered) });
  await receiver.says(/^\S+: .*encode\/1/m);
  const [other = ""] = ownSecrets(withNewKey({}));
  const stranger = run(file, other);
  const apart = await between((await stranger.says(/http:\S+/)) ?? "");
  await run("patterns/subscribe.sh", apart.url, "download/2").ended();
  await expect.poll(() => apart.answers[0]?.sound, { timeout: 10_000 }).toBe(401);
}

describe("A receiver that verifies", () => {
  const verifying = (file: string) => async () => {
    const data = freshFolder();
    await playing((run, url) => receive(run, url, file, data), ["--data", data])();
  };

  it(
    "takes what the server has signed and nothing else, with the library of npm",
    verifying("patterns/verified-receiver.ts"),
  );

  it.skipIf(pythonAbsent !== undefined)(
    `takes what the server has signed and nothing else, with the library of PyPI${pythonAbsent ? ` (${pythonAbsent})` : ""}`,
    verifying("patterns/verified-receiver.py"),
  );
});
