import { type Key, type Kind, lineageRoot } from "#lib/core/index.ts";

/** An item's key. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/**
 * Every kind has a front of its own in the partition key. A call tree is one item collection, and so are the waiters of
 * one promise, and the messages in one mailbox.
 */
export const toItemKey = ({ of, in: within, id }: Key): ItemKey => ({
  pk: `${of}#${within ?? (of === "promise" ? lineageRoot(id) : id)}`,
  sk: id,
});

/** Kinds that belong to something, which is named by their partition key. */
const belonging: ReadonlySet<string> = new Set<Kind>([
  "waiter",
  "message",
  "link",
  "delivery",
  "subscription",
  "kept",
  "room",
  "hookEvent",
]);

/** What an item's key, or an entry of an index, is the key of. */
export function fromItemKey({ pk, sk }: ItemKey): Key {
  const end = pk.indexOf("#");
  const of = pk.slice(0, end) as Kind;
  return { of, id: sk, ...(belonging.has(of) && { in: pk.slice(end + 1) }) };
}
