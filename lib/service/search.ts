import {
  type EpochMs,
  isLiteral,
  isSought,
  literalPrefix,
  matcher,
  newestFirst,
  type Page,
  type Position,
  type PromiseImage,
  type PromiseRecord,
  project,
  type Search,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { lineageSought } from "./by-id.ts";
import { pageBytesMax, sizeOf } from "./sizes.ts";

/** A search's read budget: what one page may look at before it ends, full or not. */
const budget = {
  /** Index entries of which a page reads the id. */
  entriesMax: 10_000,
  /** Promises of which a page reads the record. */
  recordsMax: 1_000,
  /** Records read at once when most may be turned away by the filters. */
  batchMax: 100,
} as const;

/** One page of a search: as many matches as asked for, or as the read budget finds. */
export async function fillPage(store: Store, search: Search, now: EpochMs, cost: Cost): Promise<Page> {
  if (isLiteral(search.pattern)) {
    return fillWithOne(store, search, now, cost);
  }
  const { tags, pattern, after } = search;
  const origin = pattern === "*" ? lineageSought(tags) : undefined;
  const entries =
    origin === undefined ? store.listed(literalPrefix(pattern), after, cost) : inLineage(store, origin, after, cost);
  return fillFrom(entries, store, search, now, cost);
}

/** Where the promises of a call tree are: its steps are on no list, and stand together. */
async function* inLineage(
  store: Store,
  origin: string,
  after: Position | undefined,
  cost: Cost,
): AsyncGenerator<readonly Position[]> {
  const places: Position[] = [];
  for await (const images of store.lineage(origin, undefined, cost)) {
    places.push(...images.map(({ createdAt, id }) => ({ createdAt, id })));
  }
  yield places.filter((place) => after === undefined || newestFirst(after, place) < 0).sort(newestFirst);
}

/** The page of a pattern that is an id: it needs no index. */
async function fillWithOne(store: Store, search: Search, now: EpochMs, cost: Cost): Promise<Page> {
  const page = new PageBuilder(search, now);
  const image = await store.get(search.pattern, cost);
  if (image !== undefined && (search.after === undefined || newestFirst(search.after, image) < 0)) {
    page.offer([image], [image]);
  }
  return page.end();
}

async function fillFrom(
  list: AsyncIterable<readonly Position[]>,
  store: Store,
  search: Search,
  now: EpochMs,
  cost: Cost,
): Promise<Page> {
  const page = new PageBuilder(search, now);
  const isMatch = matcher(search.pattern);
  for await (const entries of list) {
    const matching = entries.filter(({ id }) => isMatch(id));
    for (let from = 0; from < matching.length && !page.isFinished; ) {
      const batch = matching.slice(from, from + page.wanted);
      page.offer(
        batch,
        await store.read(
          batch.map(({ id }) => id),
          cost,
        ),
      );
      from += batch.length;
    }
    if (!page.isFinished) {
      page.pass(entries);
    }
    if (page.isFinished) {
      return page.cut();
    }
  }
  return page.end();
}

/** A page being filled from candidates in order. */
class PageBuilder {
  readonly #search: Search;
  readonly #now: EpochMs;
  readonly #rows: PromiseRecord[] = [];
  #entriesLeft: number = budget.entriesMax;
  #recordsLeft: number = budget.recordsMax;
  #bytesLeft: number = pageBytesMax;
  #place: Position | undefined;

  constructor(search: Search, now: EpochMs) {
    this.#search = search;
    this.#now = now;
    this.#place = search.after;
  }

  get isFinished(): boolean {
    return this.#isFull || Math.min(this.#entriesLeft, this.#recordsLeft, this.#bytesLeft) <= 0;
  }

  /** How many records are worth reading at once. */
  get wanted(): number {
    const { limit, states, tags } = this.#search;
    const isSelective = states !== undefined || Object.keys(tags).length > 0;
    return Math.min(isSelective ? budget.batchMax : limit - this.#rows.length, budget.batchMax, this.#recordsLeft);
  }

  /** Takes the rows among these candidates, in their order, until the page is finished. */
  offer(places: readonly Position[], images: readonly PromiseImage[]): void {
    const byId = new Map(images.map((image) => [image.id, image]));
    for (const place of places) {
      if (this.isFinished) {
        return;
      }
      this.#recordsLeft -= 1;
      const image = byId.get(place.id);
      const shown = image && project(image, this.#now);
      if (shown !== undefined && isSought(this.#search, shown)) {
        this.#bytesLeft -= sizeOf(shown);
        if (this.#bytesLeft < 0 && this.#rows.length > 0) {
          return;
        }
        this.#rows.push(shown);
      }
      this.#place = place;
    }
  }

  /** Everything up to the last of these entries has been looked at. */
  pass(entries: readonly Position[]): void {
    this.#entriesLeft -= entries.length;
    this.#place = entries.at(-1) ?? this.#place;
  }

  /** The page, where there may be more behind it. */
  cut(): Page {
    return { promises: this.#rows, ...(this.#place !== undefined && { next: this.#place }) };
  }

  /** The page, where nothing is behind it; a full one says so only when the next is asked for. */
  end(): Page {
    return this.#isFull ? this.cut() : { promises: this.#rows };
  }

  get #isFull(): boolean {
    return this.#rows.length >= this.#search.limit;
  }
}
