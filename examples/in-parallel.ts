/** Requests that are under way at once. */
const width = 32;

/** Does a piece of work for each item, in order, so many at a time. */
export async function inParallel<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = left.next(); !next.done; next = left.next()) {
      await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}
