/**
 * Goal: no answer is ever wrong, though DynamoDB throttles, conflicts, loses answers after the write took effect, and
 * shows in its indexes what was true seconds ago.
 *
 * Method: the sequences of `alike.test.ts`, over a DynamoDB that fails as the case says (`faulty-dynamo.ts`). Answers are
 * the model's, which knows no faults; where the AWS client gives up, the answer is 503, and the request asked again is
 * answered as the protocol answers a repeat, if it had taken effect, and as the first otherwise. A search finds what its
 * index has seen, as it is now. After the lag everything is found.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDoor } from "../support/door.ts";
import { openFaultyDynamo } from "../support/faulty-dynamo.ts";
import { cases, playUnderFaults, type Suffered, troubles } from "./play-under-faults.ts";
import { holds, isReplay, patienceMs } from "./runs.ts";

describe("over a DynamoDB that fails and lags", () => {
  it(
    "answers are the model's, and requests that nobody answered come out right when they are asked again",
    async () => {
      const suffered: Suffered = { gaveUp: 0, tookEffect: 0, faults: {} };
      await holds(
        fc.asyncProperty(cases, (each) => playUnderFaults(each, suffered)),
        90,
      );
      if (isReplay) {
        return;
      }
      // Not one kind of trouble may have stayed away.
      expect(troubles.every((trouble) => (suffered.faults[trouble] ?? 0) > 10)).toBe(true);
      expect(suffered.gaveUp).toBeGreaterThan(10);
      expect(suffered.tookEffect).toBeGreaterThan(5);
    },
    patienceMs,
  );

  it.each([
    ["a create", "POST", "/promises", { id: "a", timeout: 2_000_000 }, "PENDING"],
    ["a completion", "PATCH", "/promises/b", { state: "RESOLVED" }, "RESOLVED"],
  ] as const)(
    "%s whose every answer was lost is 503, and with its idempotency key 200 afterwards",
    async (_what, method, path, body, state) => {
      const dynamo = await openFaultyDynamo(() => 0);
      const door = await openDoor(async () => dynamo);
      await door.ask("POST", "/promises", { id: "b", timeout: 2_000_000 });
      dynamo.faults.next = ["answerLost", "answerLost", "throttled", "answerLost"];
      const lost = await door.ask(method, path, body, { "idempotency-key": "k" });
      expect([lost.status, lost.body.error.code, lost.headers.get("retry-after")]).toEqual([503, 50300, "1"]);
      const repeated = await door.ask(method, path, body, { "idempotency-key": "k" });
      expect([repeated.status, repeated.body.state]).toEqual([200, state]);
      door.close();
    },
  );
});
