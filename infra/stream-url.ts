import { Duration, Fn, Size } from "aws-cdk-lib";
import { FunctionUrlAuthType, InvokeMode } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";
import { ServiceFunction } from "./service-function.ts";

export interface StreamingProps {
  /** Runs at once: one for each worker that listens, and one for each request under way; 100, unless it is said. */
  readonly runsMax?: number;
  /**
   * How long a worker's stream stays open before the worker has to come again: a minute, unless it is said, 14 at most. A
   * worker that has gone keeps its run, and takes what is meant for others, until then.
   */
  readonly openFor?: Duration;
  /** What each run has: 256 MiB, unless it is said. Its price goes by it. */
  readonly memory?: Size;
}

/** What is left of a run when its stream ends: to start with, and to end with. */
const margin = Duration.seconds(15);

export const openForMax = Duration.minutes(14);

/**
 * A URL of the function's own, which passes streams on as no HTTP API does. It serves every route but the providers' of hooks, since a client knows
 * one URL; apart from other requests, which workers that listen must not starve.
 */
export class StreamUrl extends Construct {
  readonly handler: ServiceFunction;
  readonly url: string;

  /** @throws Error where a stream would be open for longer than a function may run. */
  constructor(scope: Construct, id: string, props: StreamingProps) {
    super(scope, id);
    const { runsMax = 100, openFor = Duration.minutes(1), memory = Size.mebibytes(256) } = props;
    if (openFor.toSeconds() > openForMax.toSeconds()) {
      throw new Error(`streams must not stay open for more than ${openForMax.toMinutes()} minutes`);
    }
    this.handler = new ServiceFunction(this, "Handler", {
      name: "stream",
      description: "Answers requests, and keeps the streams of workers",
      timeout: openFor.plus(margin),
      memorySize: memory.toMebibytes(),
      reservedConcurrentExecutions: runsMax,
    });
    this.handler.addEnvironment(variables.openSeconds, String(openFor.toSeconds()));
    // Anybody may reach it, as anybody may reach the open gateway: the function finds out who asks.
    const { url } = this.handler.addFunctionUrl({
      authType: FunctionUrlAuthType.NONE,
      invokeMode: InvokeMode.RESPONSE_STREAM,
    });
    // It ends with a slash, which no other URL of the service does.
    this.url = `https://${Fn.select(2, Fn.split("/", url))}`;
  }
}
