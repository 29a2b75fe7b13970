import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A server in a process of its own. */
export interface Served {
  readonly port: number;
  /** Processor time that the process has taken so far, of all its threads. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** @param stdout Where its lines go: thrown away, or an open file. */
export async function serve(script: URL, options: readonly string[], stdout: "ignore" | number): Promise<Served> {
  const server = spawn(process.execPath, [fileURLToPath(script), ...options], { stdio: ["ignore", stdout, "pipe"] });
  const port = await announcedPort(server);
  return {
    port,
    cpuMs: () => cpuMsOf(server.pid as number),
    async stop() {
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
    },
  };
}

/** Both servers say their URL on the error output as soon as they listen. */
async function announcedPort(server: ChildProcess): Promise<number> {
  let said = "";
  for await (const text of server.stderr ?? []) {
    said += text;
    const url = /http:\/\/localhost:(\d+)/.exec(said);
    if (url !== null) {
      return Number(url[1]);
    }
  }
  throw new Error(`the server did not start: ${said}`);
}

/** Of Linux, whose kernel counts in hundredths of a second. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const [user, system] = [fields[11], fields[12]];
  return (Number(user) + Number(system)) * 10;
}
