/** Traces of what functions do, where the deployment names a collector. */

import { tracingGiven } from "#lib/tracing/given.ts";
import { read, variables } from "./env.ts";

export const tracing = await tracingGiven(process.env, read(variables.serviceName));

/** Hands a run's spans over before the function may be frozen. */
export const withTracing =
  <Arguments extends unknown[], Result>(handler: (...given: Arguments) => Promise<Result>) =>
  async (...given: Arguments): Promise<Result> => {
    try {
      return await handler(...given);
    } finally {
      await tracing?.flush();
    }
  };
