import type { Hono } from "hono";
import type { DoorEnv } from "../context.ts";
import { errorAnswer, tell } from "./faults.ts";

/** Routes of an older protocol, which its clients have left for the RPC door. */
const gone = ["/tasks", "/tasks/*"];
const goneByPost = ["/promises/task", "/promises/callback"];

/** Says of the routes that are gone where they went. */
export function notServedRoutes(app: Hono<DoorEnv>): void {
  const moved = errorAnswer(
    410,
    41000,
    "tasks have left this door: they belong to the RPC protocol of the current SDKs, at POST /",
  );
  for (const path of gone) {
    app.all(path, () => tell(moved));
  }
  for (const path of goneByPost) {
    app.post(path, () => tell(moved));
  }
}
