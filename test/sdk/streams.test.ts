/**
 * The official clients at the one URL that serves streams, as the function behind it answers. What deployed follows from
 * writes by the table's own stream, a server over the same table does by its sweep.
 */

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { adminKey, type FunctionUrl, startFunctionUrl } from "../support/function-url.ts";
import { type ServerProcess, startProcess } from "../support/server-process.ts";
import { effectsIn } from "./effects.ts";
import { freshId, nameOf } from "./stage.ts";
import { startWorker } from "./worker-process.ts";

const table = `streams-${randomUUID()}`;
const file = fileURLToPath(new URL("../../functions/stream.ts", import.meta.url));
const options = ["--store", "dynamodb", "--endpoint", inject("dynamoEndpoint"), "--table", table, "--retry", "1"];

let server: ServerProcess;
let served: FunctionUrl;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "resonate-sdk-"));
  server = await startProcess(...options);
  // Streams that end soon: workers come again, and nothing is missed.
  served = await startFunctionUrl(file, { TABLE_NAME: table, OPEN_SECONDS: "3" });
});

afterAll(async () => {
  await served.stop();
  await server.end("SIGTERM");
  rmSync(folder, { recursive: true });
});

for (const client of inject("sdkClients")) {
  describe.skipIf(client.absent !== undefined).concurrent(nameOf(client), () => {
    it("runs steps, and calls workers of another group that listen on streams", async () => {
      const group = freshId("pool");
      const effects = effectsIn(mkdtempSync(join(folder, "effects-")));
      const hire = (of: string) =>
        startWorker(client, {
          url: served.url,
          token: adminKey,
          pid: freshId("worker"),
          group: of,
          effects: effects.folder,
          ttlMs: 60_000,
          editions: [],
        });
      const [front, back] = await Promise.all([hire(freshId("front")), hire(group)]);
      try {
        const climb = freshId("climb");
        expect(await front.run({ id: climb, name: "climb", args: [climb, 2, 0] }).result).toEqual(["step 1", "step 2"]);
        for (const id of [freshId("ask"), freshId("ask")]) {
          expect(await front.run({ id, name: "ask", args: [id, group] }).result).toBe("asked");
          expect((await effects.seen(id, "done")).by).toBe(back.pid);
        }
      } finally {
        await Promise.all([front.kill(), back.kill()]);
      }
    });
  });
}
