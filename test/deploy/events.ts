import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { announcedPatterns, asEvent, eventBridge, eventNames } from "./bus.ts";
import { openQueue } from "./queue.ts";
import { far, type Scenarios } from "./stand.ts";

interface Told {
  readonly "detail-type": string;
  readonly detail: object;
}

/** Lifecycle events, and rules on them. */
export const events: Scenarios = (stand) => {
  it("announces what happens to promises on a bus, whose rules pick by prefix, tag and state", async () => {
    const { ask, emulator } = stand();
    const announced = await openQueue(emulator, "announced");
    const bus = eventBridge(emulator);
    const front = `order/${randomUUID()}`;
    const pattern = {
      source: ["resonate"],
      "detail-type": [{ prefix: "promise." }],
      detail: { id: [{ prefix: `${front}/` }], tags: { team: ["music"] } },
    };
    await bus("PutRule", { Name: "told", EventPattern: JSON.stringify(pattern) });
    await bus("PutTargets", { Rule: "told", Targets: [{ Id: "queue", Arn: announced.arn }] });

    const make = (id: string, tags: object) => ask("POST", "/promises", { id, timeout: far, tags });
    await make(`${front}/1`, { team: "music" });
    await make(`${front}/2`, { team: "film" });
    await make(`${front}/3:0`, { team: "music", "resonate:scope": "local" });
    await make(`other/${front}`, { team: "music" });
    await ask("PATCH", `/promises/${front}/1`, { state: "RESOLVED", value: { data: "secret" } });
    const told: Told[] = [];
    await expect
      .poll(async () => told.push(...((await announced.receive()) as Told[])), { timeout: 20_000, interval: 10 })
      .toBeGreaterThanOrEqual(2);
    announced.close();
    expect(told.map((event) => [event["detail-type"], event.detail])).toEqual([
      ["promise.created", expect.objectContaining({ id: `${front}/1`, state: "pending", tags: { team: "music" } })],
      ["promise.resolved", expect.objectContaining({ id: `${front}/1`, state: "resolved" })],
    ]);
    expect(JSON.stringify(told)).not.toContain("secret");
  });

  it.each(announcedPatterns())("knows the pattern of the page of events: %s", async (title, pattern, matched) => {
    const bus = eventBridge(stand().emulator);
    const answers = await Promise.all(
      eventNames.map((name) =>
        bus("TestEventPattern", { EventPattern: pattern, Event: JSON.stringify(asEvent(name)) }),
      ),
    );
    expect([title, eventNames.filter((_, at) => answers[at]?.["Result"] === true)]).toEqual([title, matched]);
  });
};
