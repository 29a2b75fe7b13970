import { readFileSync } from "node:fs";

const names = [
  "writeUnit",
  "readUnit",
  "tableGbMonth",
  "backupGbMonth",
  "lambdaRequest",
  "lambdaGbSecond",
  "httpApiRequest",
  "queueRequest",
  "busEvent",
  "logGb",
  "secretMonth",
  "metricMonth",
  "alarmMonth",
  "dashboardMonth",
  "stepFunctionsTransition",
  "serverMonth",
  "databaseMonth",
] as const;

/** What each thing costs by itself, in US dollars. */
export type Prices = Readonly<Record<(typeof names)[number], number>> & {
  readonly region: string;
  readonly asOf: string;
};

/** @throws Error where a price is missing, or is no number. */
export function readPrices(file: string | URL): Prices {
  const given = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  for (const name of names) {
    if (typeof given[name] !== "number") {
      throw new Error(`the price list says nothing of ${name}`);
    }
  }
  return given as unknown as Prices;
}
