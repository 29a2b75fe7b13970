import type { Create, Page, Search } from "#lib/core/index.ts";
import type { Promises } from "#lib/service/promises.ts";
import { promiseService } from "#lib/service/promises.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { noSubscriptions } from "../../test/support/subscriptions.ts";
import { printTable, verdict } from "../table.ts";
import { fill } from "./crowd.ts";
import type { Meter, Spent } from "./meter.ts";
import { retryMs, unheard } from "./scene.ts";

interface Counted {
  readonly spent: Spent;
  readonly page: Page;
}

const sizes = { small: 100, large: 10_000 } as const;
const songsPerUser = 10;
const birth = 1_795_000_000_000;
const deadline = birth + 3_600_000;

const seeks = {
  prefix: { pattern: "purchase/user/1/*", tags: {}, limit: 100 },
  exact: { pattern: "purchase/user/7/song/7", tags: {}, limit: 100 },
  all: { pattern: "*", tags: {}, limit: 100 },
  rare: { pattern: "*", tags: { team: "nobody's" }, limit: 100 },
} as const satisfies Record<string, Search>;

/** What a search costs follows what it finds, not what there is. */
export async function countSearches(meter: Meter): Promise<boolean> {
  const small = await catalogue(meter, sizes.small);
  const large = await catalogue(meter, sizes.large);
  const few = await count(meter, small, seeks.prefix);
  const rows: [string, number, Counted, Spent?][] = [
    ["purchase/user/1/*", sizes.small, few],
    ["purchase/user/1/*", sizes.large, await count(meter, large, seeks.prefix), few.spent],
    ["one id", sizes.large, await count(meter, large, seeks.exact)],
    ["*", sizes.large, await count(meter, large, seeks.all)],
    ["*, a tag that none has", sizes.large, await count(meter, large, seeks.rare)],
  ];
  printTable(
    "Units per page of a search: of a prefix, no more in the large table than in the small one",
    ["search", "promises there", "found", "goes on", "round trips", "read units", "budget", ""],
    rows.map(([search, there, { page, spent }, budget]) => [
      search,
      there,
      page.promises.length,
      page.next === undefined ? "no" : "by its cursor",
      spent.roundTrips,
      spent.readUnits,
      budget?.readUnits ?? "",
      budget === undefined ? "" : verdict(isWithin(spent, budget)),
    ]),
  );
  return rows.every(([, , { spent }, budget]) => budget === undefined || isWithin(spent, budget));
}

const isWithin = (spent: Spent, budget: Spent): boolean =>
  spent.roundTrips <= budget.roundTrips && spent.readUnits <= budget.readUnits;

/** A table of so many song purchases, ten of each user. */
async function catalogue({ client }: Meter, size: number): Promise<Promises> {
  const table = `catalogue-${size}`;
  await ensureTable(client, table);
  const store = dynamoStore({ client, table });
  await fill(store, songs(size), birth);
  return promiseService({ store, feed: unheard, retryMs, known: noSubscriptions });
}

function* songs(size: number): Generator<Create> {
  for (let song = 0; song < size; song++) {
    yield {
      id: `purchase/user/${Math.floor(song / songsPerUser)}/song/${song % songsPerUser}`,
      timeoutAt: deadline,
      param: { data: "aGVsbG8=" },
      tags: { team: "music" },
    };
  }
}

async function count(meter: Meter, promises: Promises, search: Search): Promise<Counted> {
  let page: Page = { promises: [] };
  const spent = await meter.spentBy(async () => {
    page = await promises.search(search, { now: birth + sizes.large, token: "search", cost: { roundTrips: 0 } });
  });
  return { spent, page };
}
