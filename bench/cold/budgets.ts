/** What each function's bundle may weigh, in bytes: what is not needed at once is a second file, or another function's. */
export const bundleBytesMax = {
  api: 700_000,
  stream: 700_000,
  advance: 420_000,
  sweep: 420_000,
  deliver: 350_000,
  poll: 350_000,
  announce: 60_000,
  hooks: 520_000,
} as const;

export type FunctionName = keyof typeof bundleBytesMax;
