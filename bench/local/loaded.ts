import { fork } from "node:child_process";
import { once } from "node:events";
import type { Job, Load } from "./load.ts";

const client = new URL("./load.ts", import.meta.url);

/** Runs the load client. */
export async function loaded(job: Job): Promise<Load> {
  const loading = fork(client, [JSON.stringify(job)]);
  const [load] = await Promise.race([
    once(loading, "message") as Promise<[Load]>,
    once(loading, "exit").then(() => {
      throw new Error(`the load client failed at ${JSON.stringify(job)}`);
    }),
  ]);
  return load;
}
