/** The whole face of the core, name by name. */

export { type Acquire, acquire, type Lease } from "./acquire.ts";
export { type Address, canonicalAddress, mailboxOf, parseAddress } from "./address.ts";
export { advance, type Step } from "./advance.ts";
export { type Allowance, isCurrent, lastSlice, minuteMs, type Slices, slicesOf, takeSlice } from "./allowance.ts";
export { type ApiKey, addKey, endKey, isInForce, revokeKey, type Scope, scopes } from "./api-key.ts";
export {
  type AnyChange,
  type Change,
  type ChangeTo,
  type GuardedChange,
  isCreation,
  makesPending,
  type Outcome,
  permits,
  refused,
  run,
  type Update,
} from "./change.ts";
export { bornComposite, bornMember, joining, letGo, lettingGo, madeFor, unheardOf } from "./composite.ts";
export {
  type CompositeRule,
  checkComposite,
  compositeLimits,
  isComposite,
  membersOf,
  type RuleDefaults,
  ruleOf,
  ruleTag,
} from "./composite-rule.ts";
export { type Create, create, creation, newborn } from "./create.ts";
export { createSchedule, deleteSchedule } from "./create-schedule.ts";
export { createTask } from "./create-task.ts";
export { isLogFor, type Known, latestMax, logged, loggedOver, shownAddress } from "./delivery.ts";
export {
  countFailure,
  countSuccess,
  endpointLimits,
  forgetEndpoint,
  forgetQuiet,
  isPause,
  isPaused,
  isToProbe,
  probing,
  releasingUntried,
  resuming,
  walkMessages,
  whilePaused,
} from "./endpoint.ts";
export { enlist } from "./enlist.ts";
export { expire } from "./expire.ts";
export { type AnyFault, Fault, type FaultCode, isFault, type Violation } from "./fault.ts";
export { firing, ran } from "./fire.ts";
export type { Guard } from "./guard.ts";
export { heartbeat } from "./heartbeat.ts";
export {
  checkHook,
  checkSecret,
  clearOut,
  type HookChoices,
  type HookEntry,
  type HookOutcome,
  type HookRecord,
  type HookSecret,
  hookLimits,
  isName,
  isSecretLive,
  isTrusted,
  logEntry,
  putHook,
  removeHook,
} from "./hook.ts";
export {
  enterRoom,
  forgetKept,
  type KeptEvent,
  type KeptPlace,
  keepEvent,
  leaveRoom,
  lookAgain,
  nextLook,
  placeName,
  toKeptPlace,
  whileAbsent,
} from "./kept-event.ts";
export { type LifecycleEvent, type LifecycleKind, lifecycle, lifecycleKey, lifecycleKinds } from "./lifecycle.ts";
export { checkCreate, checkId, checkListener, checkSettle, invalid, isId, limits, utf8Length } from "./limits.ts";
export { lineageRoot } from "./lineage.ts";
export {
  addLink,
  checkComment,
  checkLink,
  type Decision,
  expiringLink,
  inOrder,
  isLive,
  keptAfter,
  type Link,
  type LinkOutcome,
  type LinkTerms,
  linkLimits,
  nextLinkId,
  noteDecision,
  revokeLink,
  verdicts,
} from "./link.ts";
export {
  execute,
  type Failure,
  failing,
  holding,
  isListedMessage,
  mailboxOfSubscription,
  posting,
  puttingOff,
  releasing,
  replaying,
  sendingMsMax,
  sendingOn,
  sentAfter,
  sentBefore,
  shortError,
  taking,
  unblock,
} from "./message.ts";
export { project } from "./project.ts";
export {
  compositeTag,
  delayOf,
  type Elsewhere,
  type EpochMs,
  endOfTime,
  isAwaited,
  isLeftDue,
  isLocalStep,
  isOverdue,
  type PromiseImage,
  type PromiseRecord,
  type PromiseState,
  type SettledState,
  type Tags,
  type TaskFields,
  type TaskState,
  type Trace,
  targetOf,
  type Value,
  type Verdict,
} from "./promise.ts";
export { continueTask, type Held, halt, release } from "./release.ts";
export { acceptCreate, acceptSchedule, acceptSettle, type Terms } from "./repeat.ts";
export {
  beginRetention,
  comesFrom,
  type Ended,
  endRetention,
  expiring,
  isAtRest,
  nextToExpire,
  walkOn,
} from "./retention.ts";
export {
  type Calendar,
  type CreateSchedule,
  fixedFront,
  isToRun,
  type NextRun,
  occurrence,
  type ScheduleImage,
  type ScheduleRecord,
} from "./schedule.ts";
export {
  compareText,
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
export { bornBy, type Fulfill, fulfill, type Settle, settle, settlement } from "./settle.ts";
export { mayDecide, type Person, type SignInTerms, signInLimits } from "./sign-in.ts";
export {
  allSubscriptions,
  checkSubscription,
  checkWish,
  endKinds,
  leaving,
  putSubscription,
  removeSubscription,
  type Subscription,
  type SubscriptionSecret,
  type SubscriptionTerms,
  subscriptionLimits,
} from "./subscription.ts";
export { awaiting, fence, goOn, isHeld, suspension } from "./suspend.ts";
export {
  after,
  hasTask,
  isHeldAt,
  isOffered,
  isOfferedAtOnce,
  type TaskImage,
  type TaskRecord,
  toTask,
} from "./task.ts";
export { asOf, telling } from "./tell.ts";
export type {
  Attempt,
  Delivery,
  Endpoint,
  Key,
  Kind,
  Message,
  RetentionWalk,
  Things,
  Upload,
  Waiter,
} from "./things.ts";
export { notedSecret, notingSecret, refersTo, takingAway, uploaded, uploading, usesSecret } from "./upload.ts";
export type { Effect, EventMoment, Moment, Verb } from "./verb.ts";
export { discharge, dischargeMore, settledAlone, type Waiting } from "./wake.ts";
