import type { Tracing } from "#lib/ports/tracing.ts";
import type { Outgoing, Transport } from "#lib/ports/transport.ts";

/** A transport whose attempts are spans of the trace that the message comes from, and so what its receiver does. */
export const traced = (transport: Transport, tracing: Tracing | undefined): Transport =>
  tracing === undefined
    ? transport
    : {
        async send(message: Outgoing, onAnswer) {
          const span = tracing.begin("producer", message.trace);
          const name = `send ${message.kind}`;
          try {
            const outcome = await transport.send({ ...message, trace: { ...message.trace, ...span.trace } }, onAnswer);
            span.end(name, { "resonate.outcome": outcome }, false);
            return outcome;
          } catch (error) {
            span.end(name, { "resonate.outcome": "failed" }, true);
            throw error;
          }
        },
      };
