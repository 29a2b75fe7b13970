/** Which receivers a deployed service posts to: those on the public internet, whatever is tried to look like one. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { publicOnly } from "#lib/dispatch/http/public-only.ts";
import { pushTransport } from "#lib/dispatch/http/push.ts";
import { signing } from "./signing.ts";

const check = (url: string) => () => publicOnly().check(new URL(url));

it.each([
  "https://127.0.0.1/",
  "https://127.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0177.0.0.1/",
  "https://0.0.0.0/",
  "https://10.0.0.1/",
  "https://172.16.0.1/",
  "https://192.168.1.1/",
  "https://100.64.0.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://169.254.170.2/v2/credentials",
  "https://[::1]/",
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:a9fe:a9fe]/",
  "https://[fe80::1]/",
  "https://[fd00:ec2::254]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[2002:7f00:1::]/",
  "https://[::127.0.0.1]/",
  "https://[::a9fe:a9fe]/",
  "https://[1::1]/",
  "https://[4000::1]/",
  "https://[a000::1]/",
  "https://224.0.0.1/",
  "https://255.255.255.255/",
])("%s is not posted to", (url) => {
  expect(check(url)).toThrow("not public");
});

it.each(["http://example.com/", "http://93.184.215.14/"])("%s is not posted to without encryption", (url) => {
  expect(check(url)).toThrow("only https://");
});

it.each(["https://example.com/", "https://93.184.215.14/", "https://[2606:2800:220:1::1]/"])("%s is", (url) => {
  expect(check(url)).not.toThrow();
});

/** What the lookup finds, where names are resolved to these addresses. */
const found = (all: boolean, ...addresses: string[]) =>
  new Promise((resolve, reject) => {
    const guard = publicOnly((_name, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      ),
    );
    guard.lookup("name.example", { all }, (error, address) => (error ? reject(error) : resolve(address)));
  });

it("a name is looked up once, and connected to where it was found", async () => {
  expect(await found(false, "93.184.215.14")).toBe("93.184.215.14");
  expect(await found(true, "93.184.215.14", "2606:2800:220:1::1")).toEqual([
    { address: "93.184.215.14", family: 4 },
    { address: "2606:2800:220:1::1", family: 6 },
  ]);
});

it.each([[["127.0.0.1"]], [["93.184.215.14", "10.0.0.1"]], [["::ffff:169.254.169.254"]], [["not an address"]]])(
  "a name of the addresses %j is refused, though one of them be public",
  async (addresses) => {
    await expect(found(true, ...addresses)).rejects.toThrow("not public");
    await expect(found(false, ...addresses)).rejects.toThrow("not public");
  },
);

it("a name that comes to another address than it was checked with is not followed there", async () => {
  let requests = 0;
  const inside = createServer((_, answer) => {
    requests += 1;
    answer.end();
  }).listen(0, "127.0.0.1");
  await once(inside, "listening");
  const { port } = inside.address() as AddressInfo;
  const guard = publicOnly((_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]));
  const push = pushTransport({ ...signing, serverUrl: "https://server.example", guard });
  const promise = { id: "p", state: "resolved", param: {}, value: {}, tags: {}, timeoutAt: 2, createdAt: 1 } as const;
  const address = `https://rebinding.example:${port}/`;
  await expect(push.send({ kind: "unblock", address, promise })).rejects.toThrow("cannot be reached: ENOTPUBLIC");
  await expect(push.send({ kind: "unblock", address: `https://127.0.0.1:${port}/`, promise })).rejects.toThrow(
    "public",
  );
  expect(requests).toBe(0);
  push.close();
  inside.close();
});
