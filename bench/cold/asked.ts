/**
 * The first thing that each function is really asked for: it goes to the table, where it has any business there.
 *
 * @module
 */

import type { FunctionName } from "./budgets.ts";

const http = { method: "GET", path: "/promises/there", sourceIp: "127.0.0.1" };

/** IAM has let the caller in: what it costs to know a key is the same for both that are compared, and no bundle's. */
const request = {
  version: "2.0",
  rawPath: http.path,
  rawQueryString: "",
  headers: {},
  pathParameters: { group: "g", id: "w" },
  requestContext: {
    domainName: "promises.bench",
    http,
    authorizer: { iam: { userArn: "arn:aws:iam::000000000000:user/bench" } },
  },
};

const offer = { kind: "execute", address: "poll://any@g", id: "none", version: 0 };

const due = { of: "promise", id: "none", dueAt: 0 };

export const asked: Readonly<Record<FunctionName, object>> = {
  api: request,
  stream: request,
  poll: request,
  advance: { Records: [{ messageId: "1", body: JSON.stringify(due) }] },
  hooks: {
    ...request,
    rawPath: "/hooks/none",
    requestContext: { ...request.requestContext, http: { ...http, method: "POST", path: "/hooks/none" } },
    body: "{}",
  },
  deliver: { Records: [{ messageId: "1", body: JSON.stringify(offer) }] },
  sweep: {},
  // Nothing to announce: the bus is not AWS's here.
  announce: { Records: [] },
};

export const askedOfBare = request;
