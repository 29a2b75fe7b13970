import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { lambda } from "./consumers.ts";
import type { Emulator } from "./emulator.ts";

/** Hands each event that it is invoked with to whoever it is told, and fails where they do. */
const source = `export async function handler(event) {
  const response = await fetch(process.env.TO, {
    method: "POST",
    headers: { "x-event": "lambda" },
    body: JSON.stringify(event),
  });
  if (!response.ok) {
    throw new Error(String(response.status));
  }
}
`;

/** A function of somebody's in the account, whose events are posted to a URL of this machine. */
export async function openForwarder({ url, folder }: Emulator, name: string, to: string): Promise<void> {
  const home = mkdtempSync(join(folder, "function-"));
  writeFileSync(join(home, "index.mjs"), source);
  await promisify(execFile)("python3", ["-m", "zipfile", "-c", "code.zip", "index.mjs"], { cwd: home });
  await lambda(url, "POST", "functions", {
    FunctionName: name,
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/forwarder",
    Timeout: 60,
    Environment: { Variables: { TO: to } },
    Code: { ZipFile: readFileSync(join(home, "code.zip")).toString("base64") },
  });
}
