/**
 * Receivers that what is sent to them fails, as an operator sees them, and has them tried again.
 *
 * @module
 */

import { type Endpoint, Fault, isPaused, resuming } from "#lib/core/index.ts";
import type { Conduct, RequestContext } from "./carry-out.ts";

export interface EndpointSearch {
  readonly limit: number;
  /** The id of the last one of the page before. */
  readonly after?: string;
}

export interface EndpointPage {
  /** In order of ids. */
  readonly endpoints: readonly Endpoint[];
  /** What the next page comes after; absent: there is nothing more. */
  readonly next?: string;
}

export interface Endpoints {
  endpoints(what: EndpointSearch, request: RequestContext): Promise<EndpointPage>;
  /**
   * Has a paused receiver tried now, and often again; any other stays as it is.
   *
   * @throws Fault `endpointNotFound` where nothing has failed since the last that arrived.
   */
  resume(id: string, request: RequestContext): Promise<Endpoint>;
}

export function endpointService({ store, feed }: Pick<Conduct, "store" | "feed">): Endpoints {
  return {
    async endpoints({ limit, after }, { cost }) {
      const endpoints: Endpoint[] = [];
      for await (const keys of store.listedById("endpoint", after, cost)) {
        const found = await Promise.all(
          keys.slice(0, limit + 1 - endpoints.length).map(({ id }) => store.find({ of: "endpoint", id }, cost)),
        );
        endpoints.push(...found.filter((each) => each !== undefined));
        if (endpoints.length > limit) {
          const page = endpoints.slice(0, limit);
          return { endpoints: page, next: page.at(-1)?.id as string };
        }
      }
      return { endpoints };
    },

    async resume(id, { now, cost }) {
      const found = await store.find({ of: "endpoint", id }, cost);
      const endpoint = isPaused(found) ? (await store.attempt(resuming(found, now), cost)).image : found;
      if (endpoint === undefined) {
        throw new Fault("endpointNotFound", { id });
      }
      feed.arm(now);
      return endpoint;
    },
  };
}
