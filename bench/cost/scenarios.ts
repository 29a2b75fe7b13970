/**
 * What is priced: what clients do, played to be counted, and what the deployed service makes of it.
 *
 * @module
 */

import { inTurn } from "../units/row.ts";
import { localStep, type Scene, targeted } from "../units/scene.ts";

export interface Scenario {
  readonly name: string;
  readonly played: (scene: Scene) => Promise<unknown>;
  /** HTTP requests of clients and workers; each is one run of the API function. */
  readonly requests: number;
  /** Changes that the stream hands to the advance function: of things that have a due key then. */
  readonly streamed: number;
  /** Messages that are put into the delivery queue, and sent. */
  readonly messages: number;
}

const held = (scene: Scene, version = 1) => ({ id: scene.id, version });
const minute = 60_000;

const createAndSettle = inTurn(
  (scene) => scene.create(),
  (scene) => scene.promises.settle(scene.settlement(), scene.at(1_000)),
);

const fulfil = (scene: Scene) => scene.tasks.fulfill({ ...scene.settlement(), version: 1 }, scene.at(9_000));

/** One step of a workflow, as the SDKs do it: its promise made and settled while the task is held. */
const step = (number: number) =>
  inTurn(
    (scene) =>
      scene.tasks.fence(
        held(scene),
        { kind: "create", what: scene.promise(localStep, scene.child(number)) },
        scene.at(2_000 + number),
      ),
    (scene) =>
      scene.tasks.fence(
        held(scene),
        { kind: "settle", what: scene.settlement(scene.child(number)) },
        scene.at(3_000 + number),
      ),
  );

export const scenarios: readonly Scenario[] = [
  // The creation has a due key, its deadline; the settlement takes it away.
  { name: "a promise: created, settled", played: createAndSettle, requests: 2, streamed: 1, messages: 0 },
  // The creation is offered to a worker that takes it; acquired, it still has a due key.
  {
    name: "a task: created, taken, fulfilled",
    played: inTurn(
      (scene) => scene.create(targeted),
      (scene) => scene.acquire(1_000, minute),
      fulfil,
    ),
    requests: 3,
    streamed: 2,
    messages: 1,
  },
  // Started where it runs; six fenced writes of steps, which have no due key; a listener for the result is answered with it.
  {
    name: "a workflow of three steps",
    played: inTurn(
      (scene) => scene.createTask(minute),
      step(0),
      step(1),
      step(2),
      fulfil,
      (scene) => scene.promises.registerListener(scene.id, "poll://uni@clients/one", scene.at(10_000)),
    ),
    requests: 9,
    streamed: 1,
    messages: 0,
  },
];
