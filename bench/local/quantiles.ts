export interface Quantiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function quantiles(waitsMs: readonly number[]): Quantiles {
  const sorted = waitsMs.toSorted((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
