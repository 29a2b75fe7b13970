import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { readOptions } from "#lib/local/options.ts";
import { freshFolder } from "../support/folder.ts";
import { request } from "../support/http.ts";
import { rpc } from "../support/rpc.ts";
import { runToEnd, startProcess } from "../support/server-process.ts";

const timeout = 4_102_444_800_000;

describe("--help", () => {
  it.each([
    "--port",
    "--host",
    "--data",
    "--memory",
    "--url",
    "--store",
    "--endpoint",
    "--region",
    "--table",
    "--retry",
    "--debug",
  ])("explains %s", async (option) => {
    const { code, stdout } = await help;
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^ +${option}\\b.*[a-z]{3}`, "m"));
  });

  const help = runToEnd("--help");
});

describe.concurrent("a mistake on the command line ends with a line that names it", () => {
  it.each([
    [["--port", "eighty"], /--port.*whole number from 0 to 65535/],
    [["--port", "70000"], /--port.*whole number from 0 to 65535/],
    [["--store", "postgres"], /--store.*sqlite, dynamodb/],
    [["--endpoint", "localhost:8000"], /--endpoint.*http:\/\/ or https:\/\/ URL/],
    [["--sign-in-issuer", "people.example"], /--sign-in-issuer.*https:\/\/ URL/],
    [["--sign-in-issuer", "http://people.example"], /--sign-in-issuer.*https:\/\/ URL/],
    [["--url", "promises.example"], /--url.*http:\/\/ or https:\/\/ URL/],
    [["--retry", "soon"], /--retry.*seconds from 0\.1 to 3600/],
    [["--retry", "0"], /--retry.*seconds from 0\.1 to 3600/],
    [["--retry", "3601"], /--retry.*seconds from 0\.1 to 3600/],
    [["--colour"], /unknown option '--colour'/],
    [["--data"], /--data <folder>.*argument missing/],
    [["surplus"], /too many arguments/],
  ])("%j", async (options, message) => {
    const { code, stdout, stderr } = await runToEnd(...options);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n +at /);
  });
});

it.each(["https://people.example", "https://people.example/"])("the issuer %s is kept to the letter", (issuer) => {
  expect(readOptions(["--sign-in-issuer", issuer]).signInIssuer).toBe(issuer);
});

describe("what keeps it from starting is said in one line", () => {
  it("a port that is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await runToEnd("--memory", "--port", String(port));
    other.close();
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(new RegExp(`in use.*:${port}`))]);
  });

  it("a data folder that another server has", async () => {
    const folder = freshFolder();
    const first = await startProcess("--data", folder);
    const { code, stderr } = await runToEnd("--data", folder, "--port", "0");
    expect([code, stderr]).toEqual([1, `${join(folder, "promises.db")} is in use by another process\n`]);
    expect((await request(first.url, "GET", "/health")).status).toBe(200);
    await first.end("SIGKILL");
  });

  it("a DynamoDB that does not answer", async () => {
    const { code, stderr } = await runToEnd("--store", "dynamodb", "--endpoint", "http://127.0.0.1:9", "--port", "0");
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining("127.0.0.1:9")]);
  });
});

describe("a server", () => {
  it("keeps its promises in the folder that --data names, made if it is missing", async () => {
    const folder = join(freshFolder(), "deep", "down");
    const first = await startProcess("--data", folder);
    await request(first.url, "POST", "/promises", { id: "kept", timeout });
    await first.end("SIGTERM");
    const second = await startProcess("--data", folder);
    expect((await request(second.url, "GET", "/promises/kept")).status).toBe(200);
    await second.end("SIGKILL");
  });

  it("keeps nothing with --memory", async () => {
    const folder = freshFolder();
    const server = await startProcess("--memory", "--data", folder);
    await request(server.url, "POST", "/promises", { id: "kept", timeout });
    await server.end("SIGTERM");
    expect(existsSync(join(folder, "promises.db"))).toBe(false);
  });

  it("listens where --host says", async () => {
    const server = await startProcess("--memory", "--host", "127.0.0.2");
    const { port } = new URL(server.url);
    expect((await request(`http://127.0.0.2:${port}`, "GET", "/health")).status).toBe(200);
    await expect(request(`http://127.0.0.1:${port}`, "GET", "/health")).rejects.toThrow();
    await server.end("SIGKILL");
  });

  it("knows a promise by the URLs of --url in front of its id, and gives out the first", async () => {
    const urls = ["https://promises.example/api", "https://old.example"];
    const port = await freePort();
    const server = await startProcess(
      "--memory",
      "--port",
      port,
      "--url",
      urls[0] as string,
      "--url",
      urls[1] as string,
    );
    expect(server.url).toBe(urls[0]);
    const url = `http://127.0.0.1:${port}`;
    const created = await request(url, "POST", "/promises", { id: `${urls[0]}/promises/a/1`, timeout });
    expect([created.status, created.body.id]).toEqual([201, `${urls[0]}/promises/a/1`]);
    expect(created.headers.get("location")).toBe(`${urls[0]}/promises/a/1`);
    const ids = ["a/1", "https://old.example/promises/a/1", "old.example/promises/a/1", `${url}/promises/a/1`];
    for (const id of ids) {
      const { status, body } = await request(url, "GET", `/promises/${encodeURIComponent(id)}`);
      expect([status, body.id]).toEqual([200, id]);
    }
    await server.end("SIGKILL");
  });

  it("keeps its promises in the DynamoDB at --endpoint, in the table of --table", async () => {
    const options = ["--store", "dynamodb", "--endpoint", inject("dynamoEndpoint"), "--table", randomUUID()];
    const first = await startProcess(...options);
    await request(first.url, "POST", "/promises", { id: "kept", timeout });
    await first.end("SIGTERM");
    const second = await startProcess(...options);
    expect((await request(second.url, "GET", "/promises/kept")).body.id).toBe("kept");
    await second.end("SIGTERM");
  });

  it("greets on the error output, and keeps the standard output for its log", async () => {
    const server = await startProcess("--memory");
    await request(server.url, "POST", "/promises", { id: "secret-id", timeout, param: { data: "secret" } });
    const { stdout, stderr } = await server.end("SIGINT");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([expect.objectContaining({ verb: "create", status: 201, method: "POST", level: "info" })]);
    expect(stdout).not.toContain("secret");
    expect(stderr).toContain(`curl ${server.url}/promises/purchase/1`);
  });
});

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}

describe("the clients' clock", () => {
  const head = { "resonate:debug_time": 5_000 };
  const create = { id: "p", timeoutAt: 6_000 };

  it("is theirs with --debug", async () => {
    const { url, end } = await startProcess("--memory", "--debug");
    expect(await rpc(url, "debug.start", {})).toEqual({ status: 200, data: {} });
    expect(await rpc(url, "promise.create", create, head)).toMatchObject({
      data: { promise: { state: "pending", createdAt: 5_000 } },
    });
    await rpc(url, "debug.tick", { time: 6_000 });
    expect(await rpc(url, "debug.snap", {})).toMatchObject({
      data: { promises: [{ state: "rejected_timedout", settledAt: 6_000 }] },
    });
    expect(await rpc(url, "debug.reset", {})).toEqual({ status: 200, data: {} });
    expect((await rpc(url, "promise.get", { id: "p" })).status).toBe(404);
    await end("SIGKILL");
  });

  it("is the server's without it", async () => {
    const { url, end } = await startProcess("--memory");
    for (const kind of ["debug.start", "debug.stop", "debug.reset", "debug.tick", "debug.snap"]) {
      expect(await rpc(url, kind, { time: 1 })).toEqual({ status: 403, data: "Debug operations are disabled" });
    }
    const { data } = await rpc(url, "promise.create", create, head);
    expect(data.promise).toMatchObject({ state: "rejected_timedout", createdAt: 6_000 });
    await end("SIGKILL");
  });
});
