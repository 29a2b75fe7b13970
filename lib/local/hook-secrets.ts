import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HookSecretReader, HookSecretWriter, SecretName } from "#lib/ports/hook-secrets.ts";

export type HookSecrets = HookSecretReader & HookSecretWriter;

/** Secrets that end with the process. */
export function memoryHookSecrets(): HookSecrets {
  const kept = new Map<string, string>();
  const nameOf = ({ hook, id }: SecretName) => `${hook}/${id}`;
  return {
    put: async (name, secret) => void kept.set(nameOf(name), secret),
    get: async (name) => kept.get(nameOf(name)),
    delete: async (name) => void kept.delete(nameOf(name)),
  };
}

/** Secrets in a folder that only its owner may open, one file each. */
export function folderHookSecrets(folder: string): HookSecrets {
  const pathOf = ({ hook, id }: SecretName) => join(folder, `${hook}.${id}`);
  return {
    async put(name, secret) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      await writeFile(pathOf(name), secret, { mode: 0o600, flush: true });
    },
    async get(name) {
      try {
        return await readFile(pathOf(name), "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") {
          return undefined;
        }
        throw error;
      }
    },
    delete: (name) => rm(pathOf(name), { force: true }),
  };
}
