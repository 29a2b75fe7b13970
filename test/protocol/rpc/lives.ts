/** Tasks in every state there is, each brought there by requests. */

import { afterAll, beforeAll, expect } from "vitest";
import type { RpcReply } from "./asking.ts";
import { type Debugged, openDebugged } from "./debugged.ts";

export const lives = ["pending", "acquired", "suspended", "halted", "fulfilled"] as const;
export type Life = (typeof lives)[number];

export const leaseMs = 10_000;
export const lifeMs = 50_000;
export const target = { "resonate:target": "poll://any@g" };

/** A request in a request, of which only the data counts. */
export const action = (data: object) => ({ kind: "", head: {}, data });

/** A task, its present version, and a promise that wakes it. */
export interface Subject {
  readonly id: string;
  readonly version: number;
  readonly awaited: string;
}

export interface Stage {
  /** The moment of the requests that follow; it never goes back. */
  readonly now: number;
  pass(ms: number): void;
  /** A name that nothing has yet, and that sorts behind all names before. */
  name(): string;
  ask(kind: string, data: object): Promise<RpcReply>;
  /** Asks for what must succeed. */
  done(kind: string, data: object): Promise<RpcReply["data"]>;
  /** Does what is due by now, as timers would. */
  tick(): Promise<void>;
  task(id: string): Promise<RpcReply["data"]>;
  /** A promise of no task. */
  promise(members?: object): Promise<string>;
  /** A task in this state, which another promise's end would wake. */
  bring(life: Life): Promise<Subject>;
}

/** A service of a group's own, and a stage on it; in the end nothing may have failed there. */
export function staged(
  open: Parameters<typeof openDebugged>[0],
  take: (service: Debugged, stage: Stage) => void,
): void {
  let service: Debugged;
  beforeAll(async () => {
    service = await openDebugged(open);
    take(service, await openStage(service));
  });
  afterAll(async () => {
    await service.close();
    expect(service.failures).toEqual([]);
  });
}

/** Sets the service's clock still, at a moment of its own. */
export async function openStage({ rpc, at }: Debugged): Promise<Stage> {
  await rpc("debug.start");
  let [now, names] = [1_000, 0];
  const stage: Stage = {
    get now() {
      return now;
    },
    pass(ms) {
      now += ms;
    },
    name: () => `t${String(names++).padStart(5, "0")}`,
    ask: (kind, data) => at(now, kind, data),
    async done(kind, data) {
      const reply = await stage.ask(kind, data);
      expect(reply, kind).toMatchObject({ status: 200 });
      return reply.data;
    },
    async tick() {
      await stage.done("debug.tick", { time: now });
    },
    task: async (id) => (await stage.done("task.get", { id })).task,
    async promise(members = {}) {
      const id = stage.name();
      await stage.done("promise.create", { id, timeoutAt: now + lifeMs, ...members });
      return id;
    },
    async bring(life) {
      const awaited = await stage.promise({ timeoutAt: now + 2 * lifeMs });
      const id = await stage.promise({ tags: target });
      await stage.done("promise.register_callback", { awaited, awaiter: id });
      const version = life === "acquired" || life === "suspended" ? 1 : 0;
      if (version === 1) {
        await stage.done("task.acquire", { id, version: 0, pid: "p", ttl: leaseMs });
      }
      await lead(stage, life, { id, version, awaited });
      return { id, version, awaited };
    },
  };
  return stage;
}

async function lead({ done }: Stage, life: Life, { id, version, awaited }: Subject): Promise<void> {
  switch (life) {
    case "suspended":
      await done("task.suspend", { id, version, actions: [action({ awaited, awaiter: id })] });
      break;
    case "halted":
      await done("task.halt", { id });
      break;
    case "fulfilled":
      await done("promise.settle", { id, state: "resolved" });
      break;
    default:
  }
}
