import type { Hono } from "hono";
import type { DoorEnv } from "../context.ts";
import { errorAnswer, tell } from "./faults.ts";

/** Routes of the REST door that are not there yet. */
const notYet = ["/schedules", "/schedules/:id"];

/** Routes of an older protocol, which its clients have left for the RPC door. */
const gone = ["/tasks", "/tasks/*"];
const goneByPost = ["/promises/task", "/promises/callback"];

/** Says of the routes that are not served why they are not. */
export function notServedRoutes(app: Hono<DoorEnv>): void {
  const later = errorAnswer(501, 50100, "schedules and subscriptions are not served yet");
  const moved = errorAnswer(
    410,
    41000,
    "tasks have left this door: they belong to the RPC protocol of the current SDKs, at POST /",
  );
  for (const path of notYet) {
    app.all(path, () => tell(later));
  }
  app.post("/promises/subscribe/:id", () => tell(later));
  for (const path of gone) {
    app.all(path, () => tell(moved));
  }
  for (const path of goneByPost) {
    app.post(path, () => tell(moved));
  }
}
