/**
 * The single table: keys, indexes, and the version of an item's layout. Constants only; the deployment reads them too.
 *
 * Every kind of thing the service keeps is an item of this table, under a kind of its own in front of the partition
 * key and of the list shard. All indexes that any kind will need are declared from the start, since a running table
 * takes only one new index per update.
 *
 * @module
 */

/** Version of the layout that items are written in. A reader understands all older ones. */
export const itemFormat = 1;

export const tableKeys = { partition: "pk", sort: "sk" } as const;

/** What the table's time to live is read from: seconds since the epoch. Promises and links that may expire have it, logs, and counts of minutes. */
export const expiryAttribute = "expiry";

/**
 * Sparse indexes: an item is in one only while it has that index's keys.
 *
 * `projected` names the attributes that an index holds beside the keys: only what never changes, so that settling a
 * promise leaves the lists alone.
 */
export const indexes = {
  /** What the service has to look at, and from when on. */
  due: { name: "due", partition: "dueShard", sort: { name: "dueAt", type: "N" }, projected: [] },
  /** Listed things by the moment of their creation. */
  byCreation: { name: "byCreation", partition: "listShard", sort: { name: "listedAt", type: "S" }, projected: [] },
  /** Listed things by id. */
  byId: { name: "byId", partition: "listShard", sort: { name: "sk", type: "S" }, projected: ["listedAt"] },
} as const;

/** Into how many partitions the indexes are cut. A number may grow on a live table, and must never shrink. */
export interface Shards {
  /** Each takes 1,000 creates a second. */
  readonly list: number;
  /** Each takes 1,000 newly armed or settled things a second. */
  readonly due: number;
}

export const defaultShards: Shards = { list: 8, due: 8 };

/** A search and a sweep ask each shard. */
export const shardsMax = 256;

export const listShard = (kind: string, shard: number): string => `${kind}#${shard}`;

export const dueShard = (shard: number): string => String(shard);

/** Sorts by moment, and within one by id: 16 digits hold every moment there is. */
export const listedAt = (createdAt: number, id: string): string => `${String(createdAt).padStart(16, "0")}#${id}`;

export const fromListedAt = (key: string): { createdAt: number; id: string } => ({
  createdAt: Number(key.slice(0, 16)),
  id: key.slice(17),
});

/** The shard of an id among this many: FNV-1a, which spreads short and similar texts well. */
export function shardOf(id: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) {
    hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
