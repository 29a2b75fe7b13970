/**
 * Events that a standing subscription asks for. The query of the subscriptions is of no event: each process makes one in a
 * while.
 *
 * @module
 */

import { inTurn, type Row } from "./row.ts";
import type { Scene } from "./scene.ts";

const all = { url: "https://books.example", prefix: "", tags: {}, events: ["created", "resolved"] } as const;
const subscribe = (scene: Scene) => scene.subscribe(all);
const subscribeOthers = (scene: Scene) => scene.subscribe({ ...all, tags: { shop: "other" } });
const create = (scene: Scene) => scene.create();
const look = (scene: Scene) => scene.look();
const settle = (scene: Scene) => scene.promises.settle(scene.settlement(), scene.at(2_000));
const advance = (ms: number) => (scene: Scene) => scene.advance(ms);

export const subscriptionRows: readonly Row[] = [
  {
    verb: "create, asked for",
    budget: { roundTrips: 1, writeUnits: 4 },
    before: subscribe,
    measured: create,
  },
  {
    verb: "tell of the birth",
    budget: { roundTrips: 7, writeUnits: 10, readUnits: 4 },
    before: inTurn(subscribe, create, look),
    measured: advance(1_000),
  },
  {
    verb: "settle, asked for",
    budget: { roundTrips: 1, writeUnits: 3 },
    before: inTurn(subscribe, create, look, advance(1_000)),
    measured: settle,
  },
  {
    verb: "tell of the end",
    budget: { roundTrips: 7, writeUnits: 9, readUnits: 4 },
    before: inTurn(subscribe, create, look, advance(1_000), settle, look),
    measured: advance(3_000),
  },
  {
    verb: "settle in a prefix, not asked for by its tags",
    budget: { roundTrips: 1, writeUnits: 3 },
    before: inTurn(subscribeOthers, create),
    measured: settle,
  },
  {
    verb: "find nobody to tell",
    budget: { roundTrips: 1, writeUnits: 2 },
    before: inTurn(subscribeOthers, create, settle, look),
    measured: advance(3_000),
  },
];
