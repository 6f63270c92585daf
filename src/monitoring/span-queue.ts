// The finished spans that wait to be sent: a limited number, with a count of dropped ones.
import { TraceFlags } from "@opentelemetry/api";
import { BatchSpanProcessor, type SpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { RunExporter } from "./span-exporter.ts";

export interface SpanQueue {
  readonly processor: SpanProcessor;
  /** How many spans were dropped so far. */
  readonly dropped: number;
}

/**
 * The SDK's own queue drops spans without reporting it.
 * @param mostWaiting without the root span, which ends last and is never dropped
 */
export function createSpanQueue(exporter: RunExporter, mostWaiting: number): SpanQueue {
  const batches = new BatchSpanProcessor(exporter, { maxQueueSize: mostWaiting + 1 });
  let [admitted, dropped] = [0, 0];
  return {
    processor: {
      onStart: () => undefined,
      onEnd: (span) => {
        if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
        const isRoot = span.parentSpanContext === undefined;
        if (!isRoot && admitted - exporter.taken >= mostWaiting) dropped += 1;
        else {
          admitted += 1;
          batches.onEnd(span);
        }
      },
      forceFlush: () => batches.forceFlush(),
      shutdown: () => batches.shutdown(),
    },
    get dropped() {
      return dropped;
    },
  };
}
