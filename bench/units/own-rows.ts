/**
 * What the service does on its own. The promise is at hand already: whoever has found it due, or has just written it,
 * has read it.
 *
 * @module
 */

import { inTurn, type Row } from "./row.ts";
import { type Scene, targeted } from "./scene.ts";

const minute = 60_000;
const day = 86_400_000;

const create = (scene: Scene) => scene.create(targeted);
const acquire = (scene: Scene) => scene.acquire(1_000, minute);
const look = (scene: Scene) => scene.look();
const advance = (ms: number) => (scene: Scene) => scene.advance(ms);
const held = (scene: Scene) => ({ id: scene.id, version: 1 });

/** Another's promise, awaited by the scene's own task. */
const awaited = (scene: Scene) => scene.child(1);
const createAwaited = (scene: Scene) => scene.create(targeted, awaited(scene));
const suspend = (scene: Scene) => scene.tasks.suspend(held(scene), [awaited(scene)], scene.at(2_000));
const settleAwaited = (ms: number) => (scene: Scene) =>
  scene.promises.settle(scene.settlement(awaited(scene)), scene.at(ms));
const lookAtAwaited = (scene: Scene) => scene.look(awaited(scene));

const listener = "poll://uni@clients/one";
const listen = (scene: Scene) => scene.promises.registerListener(scene.id, listener, scene.at(1_000));
const receiverOf = (scene: Scene) => `https://receiver.example/${scene.id}`;
const listenByPost = (scene: Scene) => scene.promises.registerListener(scene.id, receiverOf(scene), scene.at(1_000));
const settle = (scene: Scene) => scene.promises.settle(scene.settlement(), scene.at(2_000));

const schedule = (scene: Scene) =>
  scene.schedules.create(
    {
      id: scene.id,
      cron: "0 0 * * *",
      tags: {},
      promiseId: "{{.id}}.{{.timestamp}}",
      promiseTimeout: 7 * day,
      promiseParam: {},
      promiseTags: targeted,
    },
    scene.at(0),
  );

export const ownRows: readonly Row[] = [
  {
    verb: "offer again, a worker there",
    budget: { roundTrips: 1, writeUnits: 3 },
    before: inTurn(create, look),
    measured: advance(30_000),
  },
  {
    verb: "offer again, to the mailbox",
    budget: { roundTrips: 2, writeUnits: 4 },
    worker: "absent",
    before: inTurn(create, look),
    measured: advance(30_000),
  },
  {
    verb: "lease expires, offered at once",
    budget: { roundTrips: 1, writeUnits: 3 },
    before: inTurn(create, acquire, look),
    measured: advance(2 * minute),
  },
  {
    verb: "due key set anew, nothing due",
    budget: { roundTrips: 1, writeUnits: 3 },
    before: inTurn(create, acquire, look),
    measured: advance(30_000),
  },
  {
    verb: "deadline",
    budget: { roundTrips: 1, writeUnits: 2 },
    before: inTurn(create, acquire, look),
    measured: advance(day),
  },
  // A read of who awaits, and the transaction: the settled promise off the due index, and the awaiter pending.
  {
    verb: "wake one awaiter",
    budget: { roundTrips: 2, writeUnits: 5, readUnits: 1 },
    before: inTurn(create, acquire, createAwaited, suspend, settleAwaited(3_000), lookAtAwaited),
    measured: advance(3_000),
  },
  // The awaiter has slept for longer than an interval of retries: its due key is its deadline, and moves back.
  {
    verb: "wake one awaiter, its due key moves",
    budget: { roundTrips: 2, writeUnits: 7, readUnits: 1 },
    before: inTurn(
      create,
      acquire,
      createAwaited,
      suspend,
      look,
      advance(2 * minute),
      settleAwaited(3 * minute),
      lookAtAwaited,
    ),
    measured: advance(3 * minute),
  },
  // The transaction: the promise off the due index, a message that is due. Then the record, and the message taken out.
  {
    verb: "tell one listener, sent at once",
    budget: { roundTrips: 3, writeUnits: 8, readUnits: 1 },
    before: inTurn(create, acquire, listen, settle, look),
    measured: advance(2_000),
  },
  {
    verb: "tell one listener, nobody there",
    budget: { roundTrips: 3, writeUnits: 9, readUnits: 1 },
    worker: "absent",
    before: inTurn(create, acquire, listen, settle, look),
    measured: advance(2_000),
  },
  // Beside that, its health is read, and the log is written.
  {
    verb: "tell one receiver, which takes it",
    budget: { roundTrips: 5, writeUnits: 9, readUnits: 2 },
    before: inTurn(create, acquire, listenByPost, settle, look),
    measured: advance(2_000),
  },
  // Its health is written, once with the list and the due index that it is in; from the second failure on that is one unit.
  {
    verb: "tell one receiver, the first attempt fails",
    budget: { roundTrips: 6, writeUnits: 13, readUnits: 2 },
    receiver: "down",
    before: inTurn(create, acquire, listenByPost, settle, look),
    measured: advance(2_000),
  },
  // A transaction of the message, which is due at another moment and listed now, and a check; and the log.
  {
    verb: "hold a message, its receiver is paused",
    budget: { roundTrips: 5, writeUnits: 14, readUnits: 2 },
    receiver: "down",
    before: inTurn(create, acquire, listenByPost, settle, look, (scene) => scene.pause(receiverOf(scene))),
    measured: advance(2_000),
  },
  // One transaction: the promise, listed and armed, and the schedule, which is due at another moment.
  {
    verb: "schedule fires",
    budget: { roundTrips: 2, writeUnits: 9, readUnits: 1 },
    before: schedule,
    measured: (scene) => scene.advanceThing({ of: "schedule", id: scene.id }, day),
  },
];
