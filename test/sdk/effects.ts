import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Something that a step did outside of the service, and that no replay takes back. */
export interface Effect {
  readonly what: "begun" | "done" | "waits";
  readonly name: string;
  /** The worker that it happened in. */
  readonly by: string;
}

export interface Effects {
  readonly folder: string;
  all(key: string): readonly Effect[];
  /** Names of what happened, in order, repeated where it happened again. */
  names(key: string, what: Effect["what"]): readonly string[];
  /** The first effect of that kind and name, once it is there. */
  seen(key: string, what: Effect["what"], name?: string): Promise<Effect>;
}

const seenMsMax = 30_000;

export function effectsIn(folder: string): Effects {
  const all = (key: string): Effect[] => {
    const path = join(folder, key);
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean).map(toEffect) : [];
  };
  return {
    folder,
    all,
    names: (key, what) => all(key).flatMap((effect) => (effect.what === what ? [effect.name] : [])),
    async seen(key, what, name) {
      const tooLate = Date.now() + seenMsMax;
      while (Date.now() < tooLate) {
        const found = all(key).find((effect) => effect.what === what && effect.name === (name ?? effect.name));
        if (found !== undefined) {
          return found;
        }
        await sleep(20);
      }
      throw new Error(`no ${what} ${name ?? ""} of ${key} within ${seenMsMax} ms: ${JSON.stringify(all(key))}`);
    },
  };
}

const toEffect = (line: string): Effect => JSON.parse(line);
