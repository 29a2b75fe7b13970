/**
 * One more part of the story: a budget that two of three people have to approve.
 *
 * @module
 */

import { Fault, ruleTag } from "#lib/core/index.ts";
import { createdOn, type Exchange, minute, told } from "./story.ts";

const id = "budget/7";
const timeout = 4102444800000;
const of = ["budget/7/ada", "budget/7/grace", "budget/7/barbara"] as const;
const rule = { of, need: 2, losers: "cancel", missing: "refuse", encoding: "json" } as const;

const composed = {
  id,
  state: "PENDING",
  param: {},
  value: {},
  timeout,
  tags: ruleTag(rule),
  createdOn: createdOn + 15 * minute,
};

const approval = {
  id: of[0],
  state: "PENDING",
  param: { data: "7,000 EUR" },
  value: {},
  timeout,
  tags: { "resonate:parent": id },
  createdOn: createdOn + 15 * minute,
};

export const compositeStory: readonly Exchange[] = [
  {
    name: "60-composite",
    operation: "createPromise",
    summary: "Two of three approvals, all created at once",
    body: {
      id,
      timeout,
      composite: { of: [{ id: of[0], param: approval.param }, { id: of[1] }, { id: of[2] }], need: 2 },
    },
    status: 201,
    answer: composed,
  },
  {
    name: "61-composite-member",
    operation: "readPromise",
    summary: "An approval is a promise like any other",
    parameters: { id: of[0] },
    status: 200,
    answer: approval,
  },
  {
    name: "62-composite-missing",
    operation: "createPromise",
    summary: "A member that there is not",
    body: { id: "budget/8", timeout, composite: { of: ["budget/8/ada"], need: "all" } },
    ...told(new Fault("memberNotFound", { id: "budget/8/ada" })),
  },
  {
    name: "63-composite-approved",
    operation: "completePromise",
    summary: "One of them approves",
    parameters: { id: of[0] },
    body: { state: "RESOLVED", value: { data: "fine" } },
    status: 201,
    answer: {
      ...approval,
      state: "RESOLVED",
      value: { data: "fine" },
      completedOn: createdOn + 16 * minute,
    },
  },
  {
    name: "64-composite-read",
    operation: "readPromise",
    summary: "That is not enough yet",
    parameters: { id },
    status: 200,
    answer: composed,
  },
  {
    name: "65-composite-invalid",
    operation: "createPromise",
    summary: "A rule that says nothing of how many",
    body: { id: "budget/8", timeout, composite: { of: [of[0]] } },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "composite.need", message: 'composite.need must be a whole number, or "all"' }],
      }),
    ),
  },
];
