/**
 * What is measured, and when.
 *
 * @module
 */

import type { EpochMs } from "#lib/core/index.ts";
import type { Metrics } from "#lib/ports/metrics.ts";
import type { Transport } from "#lib/ports/transport.ts";

/** A request that was answered. */
export function measureRequest(
  metrics: Metrics,
  { status, durationMs }: { readonly status: number; readonly durationMs: number },
): void {
  metrics.record("requests", 1, `${Math.floor(status / 100)}xx`);
  metrics.record("requestSeconds", durationMs / 1_000);
  if (status === 503) {
    metrics.record("throttled", 1);
  }
}

/** Something that was due, when it is done. */
export const measureLate = (metrics: Metrics, dueAt: EpochMs, now: EpochMs): void =>
  metrics.record("lateSeconds", Math.max(0, now - dueAt) / 1_000);

/** A transport whose attempts are counted. */
export const measured = (transport: Transport, metrics: Metrics): Transport => ({
  async send(message, onAnswer) {
    try {
      const sent = await transport.send(message, onAnswer);
      metrics.record("deliveries", 1, sent === "sent" ? "sent" : "waiting");
      return sent;
    } catch (error) {
      metrics.record("deliveries", 1, "failed");
      throw error;
    }
  },
});
