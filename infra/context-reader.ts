/** Reads values out of a context, and refuses what is none. */

import { readFileSync } from "node:fs";
import { toPublicKey } from "#lib/access/public-key.ts";
import type { CapacityRange } from "./promise-table.ts";

/** What each name was told: a text from the command line; a number, a boolean or a list from `cdk.json`. */
export type Context = Readonly<Record<string, unknown>>;

/** How names of the service's are written. The CDK's own have a colon, a hyphen or an `@`. */
const ownName = /^\w+$/;

/** What a value must be of: an expression is one. */
interface Form {
  readonly test: (text: string) => boolean;
}

export type Reader = ReturnType<typeof reader>;

export function reader(told: Context) {
  const names = new Set<string>();
  const context = (name: string): unknown => {
    names.add(name);
    return Object.hasOwn(told, name) ? told[name] : undefined;
  };
  const refuse = (name: string, given: unknown, rule: string): never => {
    throw new Error(`-c ${name} must be ${rule}, not ${JSON.stringify(given)}`);
  };
  const text = (name: string, form: Form, rule: string): string | undefined => {
    const given = context(name);
    return given === undefined || (typeof given === "string" && form.test(given)) ? given : refuse(name, given, rule);
  };
  return {
    text,
    list(name: string, form: Form, rule: string): string[] {
      const given = context(name) ?? [];
      const texts = [given].flat().flatMap((each) => (typeof each === "string" ? each.split(",") : [each]));
      const trimmed = texts.map((each) => (typeof each === "string" ? each.trim() : each));
      const isEach = (each: unknown): each is string => typeof each === "string" && form.test(each);
      return trimmed.every(isEach) ? trimmed : refuse(name, given, rule);
    },
    /** A public key in PEM, or the path of a file that holds one. No error repeats a key: it might be a private one. */
    publicKey(name: string): string | undefined {
      const given = text(name, /\S/, publicKeyRule);
      if (given === undefined) {
        return undefined;
      }
      if (/^-----BEGIN [A-Z ]+-----\s*$/.test(given)) {
        throw new Error(
          `-c ${name} is the first line of a key alone: more than one the CDK does not hand on. Name the file: -c ${name}=key.pem`,
        );
      }
      const isKey = given.includes("-----BEGIN ");
      const pem = isKey ? given : textOf(given);
      if (pem === undefined) {
        return refuse(name, given, `${publicKeyRule} that can be read`);
      }
      try {
        toPublicKey(pem);
      } catch (error) {
        const place = isKey ? "" : `, not what is in ${JSON.stringify(given)}`;
        throw new Error(`-c ${name} must be ${publicKeyRule}${place}: ${(error as Error).message}`);
      }
      return pem;
    },
    number(name: string, min: number, max: number): number | undefined {
      const given = context(name);
      const isDigits = typeof given === "number" || (typeof given === "string" && /^\d{1,15}$/.test(given));
      const number = isDigits ? Number(given) : Number.NaN;
      if (given === undefined) {
        return undefined;
      }
      const isIn = Number.isSafeInteger(number) && number >= min && number <= max;
      return isIn ? number : refuse(name, given, `a whole number from ${min} to ${max}`);
    },
    /** `5-500`: so many units there are at least, and so many they become. */
    range(name: string): CapacityRange | undefined {
      const rule = "two whole numbers from 1 to 40000, MIN-MAX";
      const [min = 0, max = 0] = (text(name, /^\d{1,5}-\d{1,5}$/, rule) ?? "1-1").split("-").map(Number);
      const isIn = min >= 1 && min <= max && max <= 40_000;
      return context(name) === undefined ? undefined : isIn ? { min, max } : refuse(name, context(name), rule);
    },
    isTrue(name: string): boolean {
      const given = context(name) ?? false;
      return [true, false, "true", "false"].includes(given as string)
        ? String(given) === "true"
        : refuse(name, given, "true or false");
    },
    /** What nobody has asked for by now is a slip of the pen, which would be without effect. */
    nothingElse(): void {
      const unknown = Object.keys(told).find((name) => ownName.test(name) && !names.has(name));
      if (unknown !== undefined) {
        throw new Error(`-c ${unknown} is none of ${[...names].toSorted().join(", ")}`);
      }
    },
    /** Values that are told together or not at all. */
    together<Values extends Record<string, unknown>>(values: Values) {
      const missing = Object.keys(values).filter((name) => values[name] === undefined);
      const told = Object.keys(values).filter((name) => values[name] !== undefined);
      if (missing.length > 0 && told.length > 0) {
        throw new Error(`-c ${told.join(" and -c ")} needs -c ${missing.join(" and -c ")}`);
      }
      return missing.length > 0 ? undefined : (values as { [Name in keyof Values]: NonNullable<Values[Name]> });
    },
  };
}

const publicKeyRule = "a public key in PEM, or the path of a file that holds one";

/** @returns undefined where there is no file that can be read. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
