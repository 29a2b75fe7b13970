import Table from "cli-table3";

type Cell = string | number;

/** Prints rows under a title, numbers to the right. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  for (const row of rows) {
    table.push(row.map((cell) => (typeof cell === "number" ? { content: grouped(cell), hAlign: "right" } : cell)));
  }
  console.log(`\n${title}\n${table}`);
}

/** What a row says of its budget or target. */
export const verdict = (isKept: boolean): string => (isKept ? "ok" : "OVER");

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

const grouped = (number: number): string => number.toLocaleString("en", { maximumFractionDigits: 2 });
