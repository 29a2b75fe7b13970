/** What people are told where a request was not done. */

import { linkLimits } from "#lib/core/index.ts";

/** Why a request was not done, as it is said. */
export const troubles = {
  stale: "This page had been open for too long, and nothing was sent. Please decide again.",
  staleOrAnothers:
    "This page had been open for too long, or somebody else had signed in to see it, and nothing was sent. Please decide again.",
  signedOut: "Nothing was sent: you are not signed in any more. Please sign in again.",
  nothing: "Nothing was sent: please press one of the buttons.",
  comment: `Nothing was sent: a comment can have at most ${linkLimits.commentBytesMax} bytes.`,
  late: "Your answer was not counted: a decision had been recorded before.",
  over: "Your answer was not counted: the time was over.",
  notCounted: "Your answer was not counted.",
  large: `Nothing was sent: a comment can have at most ${linkLimits.commentBytesMax} bytes.`,
  failed:
    "Something went wrong on our side. Please open the link again in a minute: if your answer was recorded, you will see it there.",
  notSignedIn: "You have not been signed in. Please open the link again and try once more.",
  busy: `There were more than ${linkLimits.requestsPerMinuteMax} requests for this link within a minute. Please wait a minute and try again.`,
} as const;

export type Trouble = keyof typeof troubles;

/** Of pages that show nothing but their trouble. */
export const headings: Partial<Record<Trouble, string>> = {
  busy: "Please wait",
  failed: "That did not work",
  large: "That was too long",
  notSignedIn: "Not signed in",
};
