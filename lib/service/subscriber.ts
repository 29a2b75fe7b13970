/**
 * Messages of subscriptions: where each is to go is read when it is sent, so that a new address, a new secret and a pause
 * apply to whatever waits.
 *
 * @module
 */

import { after, allSubscriptions, type EpochMs, type Message, sentBefore } from "#lib/core/index.ts";
import type { SecretName } from "#lib/ports/signer.ts";
import type { Cost, Store } from "#lib/ports/store.ts";

/** What is to become of a message now. */
export type Way =
  /** It is sent; a subscription has secrets of its own. */
  | {
      readonly kind: "send";
      readonly address: string;
      readonly signedBy?: readonly SecretName[];
      /** The subscription's prefix. */
      readonly reach?: string;
    }
  /** Its turn has not come. */
  | { readonly kind: "wait"; readonly until: EpochMs }
  /** Nobody asks for it any more. */
  | { readonly kind: "gone" };

/** When it is looked whether a message that had to wait is still there: whatever it waits for sends it on before that. */
const lookAgainMs = { paused: 60 * 60 * 1_000, behind: 10_000 } as const;

export async function wayOf(store: Pick<Store, "find">, message: Message, now: EpochMs, cost: Cost): Promise<Way> {
  const { subscription: name, address, promiseId } = message;
  if (name === undefined) {
    return { kind: "send", address };
  }
  const before = sentBefore(message);
  const [subscription, first] = await Promise.all([
    store.find({ of: "subscription", in: allSubscriptions, id: name }, cost),
    before && store.find(before, cost),
  ]);
  // Who has narrowed it, or made another of its name, may not be shown what others were to be told of.
  if (subscription === undefined || !promiseId.startsWith(subscription.prefix)) {
    return { kind: "gone" };
  }
  if (subscription.pausedAt !== undefined) {
    return { kind: "wait", until: after(now, lookAgainMs.paused) };
  }
  if (first !== undefined && first.parkedAt === undefined) {
    const tried = Math.min(Math.max(now, first.dueAt ?? now), after(now, lookAgainMs.paused));
    return { kind: "wait", until: after(tried, lookAgainMs.behind) };
  }
  return { kind: "send", address: subscription.url, signedBy: subscription.secrets, reach: subscription.prefix };
}
