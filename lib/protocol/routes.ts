/**
 * Every route of the doors, as a gateway in front of it needs them. Constants only; the deployment reads them.
 *
 * @module
 */

/** Routes of a link's page, which whoever has the link opens. */
export const linkRoutes = [
  ["GET", "/links/{token}"],
  // Were it no route, a gateway would pass it on past the limit of the others.
  ["HEAD", "/links/{token}"],
  ["POST", "/links/{token}"],
] as const;

/** Method and path; `{id+}` is the rest of the path, slashes and all. */
export const routes = [
  ["POST", "/"],
  ["GET", "/health"],
  ["GET", "/ready"],
  ["GET", "/openapi.json"],
  ["GET", "/docs"],
  ["POST", "/promises"],
  ["GET", "/promises"],
  ["GET", "/promises/{id+}"],
  ["PATCH", "/promises/{id+}"],
  ["POST", "/promises/{id+}"],
  ["GET", "/promise"],
  ["PATCH", "/promise"],
  ["POST", "/promise/subscribe"],
  ["POST", "/schedules"],
  ["GET", "/schedules"],
  ["GET", "/schedules/{id+}"],
  ["DELETE", "/schedules/{id+}"],
  ["GET", "/schedule"],
  ["DELETE", "/schedule"],
  ["GET", "/messages"],
  ["GET", "/deliveries"],
  ["POST", "/messages/{id+}"],
  ["GET", "/endpoints"],
  ["POST", "/endpoints/{id}/resume"],
  ["POST", "/links"],
  ["GET", "/links"],
  ["DELETE", "/links"],
  ...linkRoutes,
  ["GET", "/hooks"],
  ["PUT", "/hooks/{hook}/config"],
  ["GET", "/hooks/{hook}/config"],
  ["DELETE", "/hooks/{hook}/config"],
  ["POST", "/hooks/{hook}/secrets"],
  ["DELETE", "/hooks/{hook}/secrets"],
  ["GET", "/hooks/{hook}/events"],
  ["GET", "/hooks/{hook}/kept"],
  ["GET", "/subscriptions"],
  ["PUT", "/subscriptions/{name}"],
  ["GET", "/subscriptions/{name}"],
  ["DELETE", "/subscriptions/{name}"],
  ["POST", "/subscriptions/{name}/secrets"],
  ["DELETE", "/subscriptions/{name}/secrets"],
  ["POST", "/subscriptions/{name}/pause"],
  ["POST", "/subscriptions/{name}/resume"],
  ["ANY", "/tasks"],
  ["ANY", "/tasks/{id+}"],
] as const;

/** Routes that another function answers, which providers call: they sign what they send, and not for IAM. */
export const providerRoutes = [
  ["POST", "/hooks/{hook}"],
  ["GET", "/hooks/{hook}"],
] as const;

/** What that function answers to callers that are known. */
export const dryRunRoute = ["POST", "/hooks/{hook}/dry-run"] as const;
