import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * Runs one of the scripts beside this one as a process of its own, and hands out what it prints.
 *
 * @throws Error with what it complains of, where it fails.
 */
export async function otherProcess(script: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [path, ...args]);
    return stdout;
  } catch (error) {
    throw new Error(`${script}: ${(error as { stderr?: string }).stderr?.trim()}`);
  }
}
