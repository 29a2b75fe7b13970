/** The whole face of the core, name by name. */

export { advance } from "./advance.ts";
export { type GuardedChange, type Outcome, permits, refused, run, type Settlement } from "./change.ts";
export { type Create, create } from "./create.ts";
export { expire } from "./expire.ts";
export { type AnyFault, Fault, type FaultCode, isFault, type Violation } from "./fault.ts";
export type { Guard } from "./guard.ts";
export { checkId, isId, limits } from "./limits.ts";
export { project } from "./project.ts";
export {
  type EpochMs,
  endOfTime,
  isLocalStep,
  isOverdue,
  type PromiseImage,
  type PromiseRecord,
  type PromiseState,
  type SettledState,
  type Tags,
  type Trace,
  type Value,
  type Verdict,
} from "./promise.ts";
export { acceptCreate, acceptSettle, type Terms } from "./repeat.ts";
export {
  isLiteral,
  isSought,
  literalPrefix,
  matcher,
  newestFirst,
  type Page,
  type Position,
  type Search,
  sortedMatchesMax,
} from "./search.ts";
export { type Settle, settle } from "./settle.ts";
export type { Effect, Moment, Verb } from "./verb.ts";
