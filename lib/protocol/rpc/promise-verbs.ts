import { type Create, isLocalStep, type Settle } from "#lib/core/index.ts";
import { withRule } from "../composites.ts";
import { toPromise } from "./records.ts";
import * as rules from "./rules.ts";
import * as shapes from "./shapes.ts";
import { type Call, type Requirements, type Verb, verb } from "./verb.ts";

/** Promises each page has, unless it is asked for another number. */
const pageDefault = 100;

export interface SentCreate {
  readonly id: string;
  readonly timeoutAt: number;
  readonly param: Create["param"];
  readonly tags: Create["tags"];
}

export interface SentSettle {
  readonly id: string;
  readonly state: Settle["verdict"];
  readonly value: Settle["value"];
}

export const creation: Requirements<SentCreate> = {
  shape: shapes.CreatePromise,
  rules: (data) => rules.broken(...rules.creation(data)),
};

export const settlement: Requirements<SentSettle> = {
  shape: shapes.SettlePromise,
  rules: ({ id }) => rules.broken(rules.promiseId(id)),
};

/** The steps of a workflow are many, and tell nobody anything: they keep no name of a request. */
export const toCreate = (
  { named, createdIn, settledIn }: Pick<Call, "named" | "createdIn" | "settledIn">,
  { id, tags, ...create }: SentCreate,
): Create => ({
  ...create,
  ...(isLocalStep(tags) ? settledIn : createdIn),
  tags: withRule(tags, named, { encoding: "sdk" }),
  id: named(id).id,
});

export const toSettle = (
  { named, settledIn }: Pick<Call, "named" | "settledIn">,
  { id, state: verdict, value }: SentSettle,
): Settle => ({
  ...settledIn,
  id: named(id).id,
  verdict,
  value,
});

export const promiseVerbs: readonly (readonly [kind: string, verb: Verb])[] = [
  [
    "promise.get",
    verb({
      shape: shapes.ById,
      rules: ({ id }) => rules.broken(rules.promiseId(id)),
      run: async ({ id }, { promises, named, request }) => {
        const { id: canonical, form } = named(id);
        return { data: { promise: toPromise(await promises.get(canonical, request), form) } };
      },
    }),
  ],
  [
    "promise.create",
    verb({
      ...creation,
      run: async (data, call) => {
        const { promise } = await call.promises.create(toCreate(call, data), call.request);
        return { data: { promise: toPromise(promise, call.named(data.id).form) } };
      },
    }),
  ],
  [
    "promise.settle",
    verb({
      ...settlement,
      run: async (data, call) => {
        const { promise } = await call.promises.settle(toSettle(call, data), call.request);
        return { data: { promise: toPromise(promise, call.named(data.id).form) } };
      },
    }),
  ],
  [
    "promise.register_callback",
    verb({
      shape: shapes.Callback,
      rules: (data) => rules.broken(...rules.callback(data)),
      crossRules: ({ awaited, awaiter }, named) =>
        rules.broken(named(awaited).id === named(awaiter).id && "Awaited and awaiter must be different promises"),
      run: async ({ awaited, awaiter }, { promises, named, request }) => {
        const { id, form } = named(awaited);
        return { data: { promise: toPromise(await promises.registerCallback(id, named(awaiter).id, request), form) } };
      },
    }),
  ],
  [
    "promise.register_listener",
    verb({
      shape: shapes.Listener,
      rules: ({ awaited, address }) =>
        rules.broken(awaited === "" && "Awaited promise ID is required", address === "" && "Address is required"),
      run: async ({ awaited, address }, { promises, named, request }) => {
        const { id, form } = named(awaited);
        return { data: { promise: toPromise(await promises.registerListener(id, address, request), form) } };
      },
    }),
  ],
  [
    "promise.search",
    verb({
      shape: shapes.SearchPromises,
      rules: (page) => rules.broken(...rules.page(page)),
      run: async ({ state, tags, limit, cursor }, { promises, request }) => {
        const page = await promises.list(
          { tags: tags ?? {}, limit: limit ?? pageDefault, ...(state && { state }), ...(cursor && { after: cursor }) },
          request,
        );
        return { data: { promises: page.rows.map((row) => toPromise(row)), ...(page.next && { cursor: page.next }) } };
      },
    }),
  ],
];
