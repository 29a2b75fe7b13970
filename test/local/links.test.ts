import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freshFolder } from "../support/folder.ts";
import { later } from "../support/links.ts";
import { startProcess } from "../support/server-process.ts";

const script = new URL("../../scripts/link-keys.ts", import.meta.url).pathname;

/** What the script makes of these keys. */
const changed = (keys: string, ...args: string[]): string =>
  execFileSync(process.execPath, [script, ...args], { input: keys, encoding: "utf8", stdio: "pipe" });

it("a link outlives the server that made it, and the rotation of its keys, until its key is retired", async () => {
  const data = freshFolder();
  const file = join(data, "link-keys.json");
  /** Starts the server anew, and asks for a link: of what status it is, and another one. */
  const restarted = async (path?: string) => {
    const server = await startProcess("--data", data);
    const status = path && (await fetch(server.url + path)).status;
    await fetch(`${server.url}/promises`, { method: "POST", body: JSON.stringify({ id: "p", timeout: later }) });
    const body = JSON.stringify({ outcomes: ["resolve"] });
    const made = await (await fetch(`${server.url}/promises/p/links`, { method: "POST", body })).json();
    const { stdout } = await server.end("SIGTERM");
    const { pathname } = new URL((made as { url: string }).url);
    expect(stdout).not.toContain(pathname.slice("/links/".length));
    return { status, pathname };
  };
  const first = await restarted();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(file, changed(readFileSync(file, "utf8"), "rotate"));
  const second = await restarted(first.pathname);
  expect([second.status, first.pathname.slice(7, 12), second.pathname.slice(7, 12)]).toEqual([200, "v1.k1", "v1.k2"]);
  writeFileSync(file, changed(readFileSync(file, "utf8"), "retire", "k1"));
  expect((await restarted(first.pathname)).status).toBe(404);
  expect((await restarted(second.pathname)).status).toBe(200);
});

it("the last key is not retired, nor one that is not there, and no error shows a key", () => {
  const keys = JSON.stringify({ k3: "0123456789012345678901234567890123456789" });
  for (const id of ["k3", "k4"]) {
    expect(() => changed(keys, "retire", id)).toThrow(`${id} is not there, or is the only key`);
  }
  expect(() => changed("not keys 0123", "rotate")).toThrow(/^(?![\s\S]*0123)[\s\S]*keys are JSON/);
});
