/**
 * What the fields of a well-shaped request must be, in the words that clients know (`protocol/rpc.md` 2). What a promise
 * can hold at all is the core's own affair.
 *
 * @module
 */

import { isId } from "#lib/core/index.ts";

type Rule = string | false;

/** The messages of the rules that do not hold. */
export const broken = (...rules: readonly Rule[]): readonly string[] => rules.filter((rule) => rule !== false);

export const promiseId = (id: string): Rule => id === "" && "Promise ID is required";
export const taskId = (id: string): Rule => id === "" && "Task ID is required";
export const scheduleId = (id: string): Rule => id === "" && "Schedule ID is required";
export const version = (given: number): Rule => given < 0 && "Version must be a non-negative integer";
export const pid = (given: string): Rule => given === "" && "Process ID is required";
export const ttl = (given: number): Rule => given < 1 && "TTL must be a positive integer";

export const creation = ({ id, timeoutAt }: { id: string; timeoutAt: number }): readonly Rule[] => [
  promiseId(id),
  timeoutAt < 0 && "TimeoutAt must be a non-negative integer",
  id.includes("\0") && "Promise ID must not contain null bytes",
];

export const callback = ({ awaited, awaiter }: { awaited: string; awaiter: string }): readonly Rule[] => [
  awaited === "" && "Awaited promise ID is required",
  awaiter === "" && "Awaiter promise ID is required",
];

const limitMax = 1_000;

const limit = (given: number): Rule =>
  given < 1
    ? "Limit must be a positive integer"
    : given > limitMax && `Invalid 'limit' — must be between 1 and ${limitMax}`;

/** What bounds a page. No cursor that was given out is anything but an id. */
export const page = ({ limit: given, cursor }: SentPage): readonly Rule[] => [
  limit(given ?? 1),
  Boolean(cursor) && !isId(cursor as string) && "Invalid 'cursor' — was given out by no search",
];

export interface SentPage {
  readonly limit?: number | null | undefined;
  readonly cursor?: string | null | undefined;
}
