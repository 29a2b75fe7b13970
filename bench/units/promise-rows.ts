import { inTurn, type Row } from "./row.ts";
import { localStep, type Scene, targeted } from "./scene.ts";

const later = 1_000;
const pastDeadline = 3_601_000;

const create = (scene: Scene) => scene.create();
const createStep = (scene: Scene) => scene.create(localStep);
const createTargeted = (scene: Scene) => scene.create(targeted);
const settle = (scene: Scene) => scene.promises.settle(scene.settlement(), scene.at(later));
const get = (scene: Scene) => scene.promises.get(scene.id, scene.at(later));
const getLate = (scene: Scene) => scene.promises.get(scene.id, scene.at(pastDeadline));
const listen = (scene: Scene) => scene.promises.registerListener(scene.id, "poll://uni@clients/one", scene.at(later));

const budgets = {
  create: { roundTrips: 1, writeUnits: 4 },
  settle: { roundTrips: 1, writeUnits: 2 },
  /** The first write is refused by those who wait; the second sets the due key that they are told by. */
  settleAwaited: { roundTrips: 2, writeUnits: 4 },
  localStep: { roundTrips: 2, writeUnits: 2 },
  get: { roundTrips: 1, writeUnits: 0, readUnits: 1 },
  /** Beside the read, the one write of the promise's life that puts its time-out down, and takes it off the due index. */
  getPastDeadline: { roundTrips: 2, writeUnits: 2 },
  /** The same of one that the due index never held. */
  getPastDeadlineUnarmed: { roundTrips: 2, writeUnits: 1 },
  listen: { roundTrips: 1, writeUnits: 1 },
  /** An unarmed promise refuses the first write, and is armed by the second. */
  listenUnarmed: { roundTrips: 2, writeUnits: 3 },
} as const;

export const promiseRows: readonly Row[] = [
  { verb: "create, listed and armed", budget: budgets.create, measured: create },
  { verb: "create, repeated", budget: budgets.create, before: create, measured: create },
  { verb: "create, targeted", budget: budgets.create, measured: createTargeted },
  { verb: "create, local step", budget: { roundTrips: 1, writeUnits: 1 }, measured: createStep },
  { verb: "settle, nobody waiting", budget: budgets.settle, before: create, measured: settle },
  { verb: "settle, repeated", budget: budgets.settle, before: inTurn(create, settle), measured: settle },
  { verb: "settle, somebody waiting", budget: budgets.settleAwaited, before: inTurn(create, listen), measured: settle },
  { verb: "create + settle, local step", budget: budgets.localStep, measured: inTurn(createStep, settle) },
  { verb: "get", budget: budgets.get, before: create, measured: get },
  { verb: "get, meets its time-out", budget: budgets.getPastDeadline, before: create, measured: getLate },
  {
    verb: "get, meets its time-out, local step",
    budget: budgets.getPastDeadlineUnarmed,
    before: createStep,
    measured: getLate,
  },
  { verb: "get, met its time-out before", budget: budgets.get, before: inTurn(create, getLate), measured: getLate },
  { verb: "register_listener", budget: budgets.listen, before: create, measured: listen },
  { verb: "register_listener, not armed yet", budget: budgets.listenUnarmed, before: createStep, measured: listen },
];
