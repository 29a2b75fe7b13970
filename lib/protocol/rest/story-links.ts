/**
 * One more part of the story: a trip that somebody has to approve.
 *
 * @module
 */

import { Fault } from "#lib/core/index.ts";
import { createdOn, type Exchange, minute, told } from "./story.ts";

/** What the token of a link looks like. */
export const exampleToken = "v1.k1.u1wB7Yc0r2hZkq3mXoJ4Tn5dGfA6sLvP8eRzKiQx9y";

const id = "trip/1";
const trip = { id, timeout: 4102444800000 };
const planned = {
  ...trip,
  state: "PENDING",
  param: {},
  value: {},
  tags: {},
  createdOn: createdOn + 10 * minute,
};
const terms = {
  outcomes: ["resolve", "reject"],
  label: "Expense 17: train to Vienna",
  from: "Ada, travel desk",
  question: "Approve 120 EUR?",
};
const link = {
  id: "0001",
  promiseId: id,
  ...terms,
  encoding: "json",
  expiresOn: trip.timeout,
  createdOn: createdOn + 11 * minute,
};
const second = { ...link, id: "0002", encoding: "sdk", createdOn: createdOn + 12 * minute };
const url = `https://promises.example/links/${exampleToken}`;
const revoked = { ...second, revokedOn: createdOn + 13 * minute };

export const linkStory: readonly Exchange[] = [
  {
    name: "50-trip",
    operation: "createPromise",
    summary: "A trip that waits for an approval",
    body: trip,
    status: 201,
    answer: planned,
  },
  {
    name: "51-link",
    operation: "createLink",
    summary: "A link for the one who approves",
    parameters: { id },
    body: terms,
    status: 201,
    answer: { url: url, ...link },
  },
  {
    name: "52-link-by-query",
    operation: "createLinkByQuery",
    summary: "Another, the id in the query; what is decided is for an SDK to read",
    parameters: { promiseId: id },
    body: { ...terms, encoding: "sdk" },
    status: 201,
    answer: { url: url, ...second },
  },
  {
    name: "53-link-invalid",
    operation: "createLink",
    summary: "An outcome that there is not",
    parameters: { id },
    body: { outcomes: ["approve"] },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "outcomes.0", message: "outcomes.0 must be resolve, reject or cancel" }],
      }),
    ),
  },
  {
    name: "54-link-unknown",
    operation: "createLink",
    summary: "There is no such promise",
    parameters: { id: "trip/2" },
    body: terms,
    ...told(new Fault("promiseNotFound", { id: "trip/2" })),
  },
  {
    name: "55-link-revoked",
    operation: "revokeLink",
    summary: "The second was one too many",
    parameters: { promiseId: id, id: "0002" },
    status: 200,
    answer: revoked,
  },
  {
    name: "56-link-revoked-unknown",
    operation: "revokeLink",
    summary: "There is none of this id",
    parameters: { promiseId: id, id: "0003" },
    ...told(new Fault("linkNotFound", { id: "0003" })),
  },
  {
    name: "57-links",
    operation: "listLinks",
    summary: "All links of the trip",
    parameters: { promiseId: id },
    status: 200,
    answer: { links: [link, revoked] },
  },
  {
    name: "58-trip-canceled",
    operation: "completePromise",
    summary: "The trip is off",
    parameters: { id },
    body: { state: "REJECTED_CANCELED" },
    status: 201,
    answer: { ...planned, state: "REJECTED_CANCELED", completedOn: createdOn + 14 * minute },
  },
  {
    name: "59-link-too-late",
    operation: "createLinkByQuery",
    summary: "There is nothing left to decide",
    parameters: { promiseId: id },
    body: terms,
    ...told(new Fault("promiseSettled", { id, state: "rejected_canceled" })),
  },
];
