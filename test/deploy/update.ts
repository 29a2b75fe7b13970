import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { far, persistently, type Scenarios } from "./stand.ts";

/** Between two promises of a client: the update needs the machine, too. */
const pauseMs = 100;

/** Clients go on while the stack is updated. */
export const update =
  (context: () => Readonly<Record<string, string>>): Scenarios =>
  (stand) => {
    it("keeps serving while it is updated: nothing acknowledged is missing, and what was there before still is", async () => {
      const { ask, deployed, say } = stand();
      const before = `before/${randomUUID()}`;
      await ask("POST", "/promises", { id: before, timeout: far });
      const front = `during/${randomUUID()}`;
      const acknowledged: string[] = [];
      let isUpdated = false;
      let repeats = 0;
      /** Whatever is not done may be asked again; anything else is an answer that no client should get. */
      const done = async (method: string, path: string, body: object, key: string) => {
        const reply = await persistently(
          () => ask(method, path, body, { "idempotency-key": key }),
          () => {
            repeats += 1;
          },
        );
        expect([200, 201], JSON.stringify(reply.body)).toContain(reply.status);
      };
      const client = async (name: string) => {
        for (let number = 0; !isUpdated || number === 0; number++) {
          const id = `${front}/${name}/${number}`;
          await done("POST", "/promises", { id, timeout: far }, id);
          await done("PATCH", `/promises/${id}`, { state: "RESOLVED" }, id);
          acknowledged.push(id);
          await sleep(pauseMs);
        }
      };
      const clients = ["a", "b", "c"].map(client);
      await deployed.update(context()).finally(() => {
        isUpdated = true;
      });
      await Promise.all(clients);
      say(`an update under traffic: ${acknowledged.length} promises settled, ${repeats} requests repeated`);
      for (const id of acknowledged) {
        expect((await ask("GET", `/promises/${id}`)).body).toMatchObject({ id, state: "RESOLVED" });
      }
      expect((await ask("PATCH", `/promises/${before}`, { state: "RESOLVED" })).status).toBe(201);
    });
  };
