import { Duration } from "aws-cdk-lib";
import type { IEventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { PromiseTable } from "./promise-table.ts";
import { ServiceFunction } from "./service-function.ts";

/** Who is told what happens to promises. */
export interface EventsProps {
  readonly bus: Pick<IEventBus, "eventBusArn" | "grantPutEventsTo">;
  /** Tell of the steps inside of workflows (`resonate:scope` is `local`), too; they are left out unless it is said. */
  readonly withLocalSteps?: boolean;
}

export interface AnnouncementsProps extends EventsProps {
  readonly promises: PromiseTable;
}

/** Tells an event bus what happens to promises. It reads the table's stream and puts events; it may do nothing else. */
export class Announcements extends Construct {
  constructor(scope: Construct, id: string, { promises, bus, withLocalSteps = false }: AnnouncementsProps) {
    super(scope, id);
    const handler = new ServiceFunction(this, "Handler", {
      name: "announce",
      description: "Announces on an event bus what happens to promises",
      timeout: Duration.minutes(1),
      memorySize: 256,
    });
    promises.streamLivesTo(handler, new DeadLetters(this, "DeadLetters"), { withLocalSteps });
    bus.grantPutEventsTo(handler);
    handler.addEnvironment(variables.eventBus, bus.eventBusArn);
    if (withLocalSteps) {
      handler.addEnvironment(variables.eventsOfLocalSteps, "true");
    }
  }
}
