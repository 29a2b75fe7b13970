/**
 * Every route of the doors, as a gateway in front of it needs them. Constants only; the deployment reads them.
 *
 * @module
 */

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
  ["POST", "/links"],
  ["GET", "/links"],
  ["DELETE", "/links"],
  ["GET", "/links/{token}"],
  ["POST", "/links/{token}"],
  ["ANY", "/tasks"],
  ["ANY", "/tasks/{id+}"],
] as const;
