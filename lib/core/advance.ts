import type { GuardedChange } from "./change.ts";
import { expire } from "./expire.ts";
import { type EpochMs, isOverdue, type PromiseImage } from "./promise.ts";

/**
 * Everything that the service does on its own: the changes that are due on a promise by `now`. Each checks in its own
 * guard that it still is, so whoever asks, however often, early or late, changes nothing that was not due.
 */
export const advance = (image: PromiseImage, now: EpochMs): readonly GuardedChange[] =>
  isOverdue(image, now) ? [expire(image, now)] : [];
