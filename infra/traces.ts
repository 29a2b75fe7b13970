import type { ILayerVersion } from "aws-cdk-lib/aws-lambda";
import { variables } from "../functions/env.ts";
import type { ServiceFunction } from "./service-function.ts";

/** A collector of traces that takes OTLP over HTTP. */
export interface TracesProps {
  /** Its URL, without `/v1/traces`: `http://localhost:4318` for one that is a layer. */
  readonly endpoint: string;
  /** A layer with a collector, which knows where traces go. */
  readonly layer?: ILayerVersion;
  /** What part of the traces that begin here is kept, from 0 to 1; all, unless it is said. The word of a caller who is known goes first. */
  readonly ratio?: number;
}

/**
 * Has the functions that answer and send tell a collector of it.
 *
 * @throws Error where the ratio is none.
 */
export function traceEach(functions: readonly ServiceFunction[], { endpoint, layer, ratio }: TracesProps): void {
  if (ratio !== undefined && !(ratio >= 0 && ratio <= 1)) {
    throw new Error("the ratio of traces must be a number from 0 to 1");
  }
  for (const each of functions.filter(({ purpose }) => purpose.isTraced)) {
    each.addEnvironment(variables.tracesEndpoint, endpoint);
    if (ratio !== undefined) {
      each.addEnvironment(variables.tracesSampler, "parentbased_traceidratio");
      each.addEnvironment(variables.tracesRatio, String(ratio));
    }
    if (layer !== undefined) {
      each.addLayers(layer);
    }
  }
}
