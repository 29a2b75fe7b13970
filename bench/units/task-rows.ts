import { inTurn, type Row } from "./row.ts";
import { localStep, type Scene, targeted } from "./scene.ts";

const later = 1_000;
const minute = 60_000;

const create = (scene: Scene) => scene.create(targeted);
const createWithBranch = (scene: Scene) => scene.create({ ...targeted, "resonate:branch": scene.id });
/** Its lease ends no earlier than its offer would have been repeated: the due key may stay. */
const acquire = (scene: Scene) => scene.acquire(later, minute);
const acquireBriefly = (scene: Scene) => scene.acquire(later, 10_000);
const acquireAgain = (scene: Scene) => scene.acquire(2 * later, minute, 1);
const held = (scene: Scene) => ({ id: scene.id, version: 1 });
const release = (scene: Scene) => scene.tasks.release(held(scene), scene.at(2 * later));
const halt = (scene: Scene) => scene.tasks.halt(scene.id, scene.at(2 * later));
const goOn = (scene: Scene) => scene.tasks.continue(scene.id, scene.at(3 * later));
const fulfill = (scene: Scene) => scene.tasks.fulfill({ ...scene.settlement(), version: 1 }, scene.at(2 * later));
const listen = (scene: Scene) => scene.promises.registerListener(scene.id, "poll://uni@clients/one", scene.at(later));
const heartbeat = (scene: Scene) => scene.tasks.heartbeat("worker", [held(scene)], scene.at(2 * later));

const fencedCreate = (tags: Record<string, string>) => (scene: Scene) =>
  scene.tasks.fence(held(scene), { kind: "create", what: scene.promise(tags, scene.child(1)) }, scene.at(2 * later));
const fencedSettle = (scene: Scene) =>
  scene.tasks.fence(held(scene), { kind: "settle", what: scene.settlement(scene.child(1)) }, scene.at(3 * later));

const children = (count: number, tags: Record<string, string>) => (scene: Scene) =>
  Promise.all(Array.from({ length: count }, (_, number) => scene.create(tags, scene.child(number))));
const settleChildren = (count: number) => (scene: Scene) =>
  Promise.all(
    Array.from({ length: count }, (_, number) =>
      scene.promises.settle(scene.settlement(scene.child(number)), scene.at(later)),
    ),
  );
const suspendOn = (count: number) => async (scene: Scene) => {
  const awaited = Array.from({ length: count }, (_, number) => scene.child(number));
  if ((await scene.tasks.suspend(held(scene), awaited, scene.at(2 * later))) !== "suspended") {
    throw new Error("something awaited is settled");
  }
};

const once = (writeUnits: number) => ({ roundTrips: 1, writeUnits });
const branchOf = (scene: Scene) => ({ ...localStep, "resonate:branch": scene.id });

const suspends = (count: number): Row => ({
  verb: `suspend on ${count}`,
  budget: once(4 + 2 * count),
  before: inTurn(create, acquire, children(count, targeted)),
  measured: suspendOn(count),
});

/** The first transaction finds out what is not armed yet, and is paid as well. */
const suspendsUnarmed = (count: number): Row => ({
  verb: `suspend on ${count}, not armed yet`,
  budget: { roundTrips: 2, writeUnits: 2 * (2 + 2 * count) + count },
  before: inTurn(create, acquire, children(count, localStep)),
  measured: suspendOn(count),
});

export const taskRows: readonly Row[] = [
  { verb: "task.create", budget: once(4), measured: (scene) => scene.createTask(minute) },
  { verb: "task.acquire", budget: once(1), before: create, measured: acquire },
  // That the key must move is known only from the image, which the refused write brings, and is paid as well.
  {
    verb: "task.acquire, the due key moves",
    budget: { roundTrips: 2, writeUnits: 4 },
    before: create,
    measured: acquireBriefly,
  },
  {
    verb: "task.acquire + preload of 10 steps",
    budget: { roundTrips: 2, writeUnits: 1, readUnits: 3 },
    before: inTurn(
      createWithBranch,
      acquire,
      (scene) => children(10, branchOf(scene))(scene),
      settleChildren(10),
      release,
    ),
    measured: acquireAgain,
  },
  { verb: "task.heartbeat", budget: once(1), before: inTurn(create, acquire), measured: heartbeat },
  { verb: "task.release", budget: once(3), before: inTurn(create, acquire), measured: release },
  // As for an acquisition: a task that was held from its birth is first due when that lease ends.
  {
    verb: "task.release, the due key moves",
    budget: { roundTrips: 2, writeUnits: 4 },
    before: (scene) => scene.createTask(minute),
    measured: release,
  },
  { verb: "task.fulfill, nobody waiting", budget: once(3), before: inTurn(create, acquire), measured: fulfill },
  {
    verb: "task.fulfill, somebody waiting",
    budget: { roundTrips: 2, writeUnits: 4 },
    before: inTurn(create, acquire, listen),
    measured: fulfill,
  },
  { verb: "task.halt", budget: once(3), before: inTurn(create, acquire), measured: halt },
  { verb: "task.continue", budget: once(3), before: inTurn(create, acquire, halt), measured: goOn },
  {
    verb: "task.fence, create local step",
    budget: once(4),
    before: inTurn(create, acquire),
    measured: fencedCreate(localStep),
  },
  {
    verb: "task.fence, create listed and armed",
    budget: once(7),
    before: inTurn(create, acquire),
    measured: fencedCreate(targeted),
  },
  // A transaction does not say what it has made of a promise: the answer is read.
  {
    verb: "task.fence, settle local step",
    budget: { roundTrips: 2, writeUnits: 4, readUnits: 1 },
    before: inTurn(create, acquire, fencedCreate(localStep)),
    measured: fencedSettle,
  },
  {
    verb: "task.fence, settle listed and armed",
    budget: { roundTrips: 2, writeUnits: 7, readUnits: 1 },
    before: inTurn(create, acquire, fencedCreate(targeted)),
    measured: fencedSettle,
  },
  suspends(1),
  suspends(10),
  suspends(45),
  suspendsUnarmed(1),
  suspendsUnarmed(10),
];
