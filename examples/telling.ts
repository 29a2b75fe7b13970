/** How the examples say what happens, and stand by it. */

export function chapter(title: string): void {
  console.log(`\n${title}`);
}

/** Prints a line under the chapter. */
export function tell(line: string): void {
  console.log(`  ${line}`);
}

/** @throws Error where what the example says of the service is not so. */
export function claim(text: string, holds: boolean, seen?: unknown): void {
  if (!holds) {
    throw new Error(`This does not hold: ${text}.${seen === undefined ? "" : ` Seen: ${JSON.stringify(seen)}`}`);
  }
}

/** Runs an example; where it fails, says why in a line and ends the process with 1. */
export async function running(example: () => Promise<void>): Promise<void> {
  try {
    await example();
  } catch (error) {
    const { message, cause } = error as Error;
    // What keeps fetch from its answer is told by the cause only.
    console.error(
      `${message}${cause instanceof Error ? ` (${cause.message || (cause as { code?: string }).code})` : ""}`,
    );
    process.exitCode = 1;
  }
}
