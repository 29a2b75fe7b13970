import { inTurn, type Row } from "./row.ts";
import type { Scene } from "./scene.ts";

const later = 1_000;
const members = 3;

const memberIds = (scene: Scene) => Array.from({ length: members }, (_, number) => scene.child(number));

const rule = (scene: Scene, missing: "create" | "refuse") => ({
  "resonate:composite": JSON.stringify({ of: memberIds(scene), need: 1, missing }),
});

const createMembers = (scene: Scene) => Promise.all(memberIds(scene).map((id) => scene.create({}, id)));
const compose = (scene: Scene) => scene.create(rule(scene, "refuse"));
const composeAnew = (scene: Scene) =>
  scene.promises.create(
    {
      ...scene.promise(rule(scene, "refuse")),
      members: memberIds(scene).map((id) => scene.promise({}, id)),
    },
    scene.at(0),
  );
const settleFirst = (scene: Scene) => scene.promises.settle(scene.settlement(scene.child(0)), scene.at(later));
const lookAtFirst = (scene: Scene) => scene.look(scene.child(0));

export const compositeRows: readonly Row[] = [
  // Whatever is written in a transaction is written twice; entries of indexes are not.
  {
    verb: `create a composite of ${members}`,
    budget: { roundTrips: 1, writeUnits: 11 },
    before: createMembers,
    measured: compose,
  },
  {
    verb: `create a composite and its ${members} members`,
    budget: { roundTrips: 1, writeUnits: 20 },
    measured: composeAnew,
  },
  {
    verb: `a member settles: the composite is told and settled, ${members - 1} losers are canceled`,
    budget: { roundTrips: 12, writeUnits: 24, readUnits: 6 },
    before: inTurn(createMembers, compose, settleFirst, lookAtFirst),
    measured: (scene) => scene.advance(later),
  },
];
