import type { PromiseImage, PromiseRecord } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import type { RequestContext } from "./carry-out.ts";
import { sizeOf } from "./sizes.ts";

/** What a worker is told at most of what has been done already; anything less is right too. */
const lookedMax = 1_000;
const bytesMax = 1_024 * 1_024;

/**
 * Settled promises of the same branch, so that a worker need not ask for each (`protocol/rpc.md` 7.19). Only settled
 * ones: they never change, while a pending one may have by the time it is read.
 */
export async function preload(
  store: Store,
  { id, tags }: PromiseImage,
  { cost }: RequestContext,
): Promise<PromiseRecord[]> {
  const branch = tags["resonate:branch"];
  const found: PromiseRecord[] = [];
  if (branch === undefined) {
    return found;
  }
  let looked = 0;
  let bytes = 0;
  for await (const images of store.lineage(id, undefined, cost)) {
    for (const image of images) {
      if (image.state !== "pending" && image.id !== id && image.tags["resonate:branch"] === branch) {
        bytes += sizeOf(image);
        if (bytes > bytesMax) {
          return found;
        }
        found.push(image);
      }
    }
    looked += images.length;
    if (looked >= lookedMax) {
      break;
    }
  }
  return found;
}
