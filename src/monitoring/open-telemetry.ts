// The trace of one run by OpenTelemetry's SDK, sent by OTLP over HTTP. Bundled separately, so that only
// traced runs load it.
import { AsyncLocalStorage } from "node:async_hooks";
import { hostname } from "node:os";
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Link,
  type Span as SdkSpan,
} from "@opentelemetry/api";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import type { TracesConfig } from "../config/traces-config.ts";
import type { Attributes, Span, Tracer } from "../tracing.ts";
import type { SendFailure } from "./http-call.ts";
import { createExporter, sendSpans } from "./span-exporter.ts";
import { createSpanQueue } from "./span-queue.ts";

export interface RunTrace {
  readonly tracer: Tracer;
  /** The span of the whole run. */
  readonly root: Span;
  /** Spans that `work` creates become part of the trace. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Ends the trace and sends the remaining spans. */
  end(giveUp: AbortSignal): Promise<LostSpans>;
}

export interface LostSpans {
  /** Why sent spans did not arrive, or null. */
  readonly failure: SendFailure | null;
  /** How many spans were dropped because too many were waiting. */
  readonly dropped: number;
}

/** How many spans may wait: while a collector hangs, a run makes some thousands. */
const MOST_WAITING = 10_000;

/** The SDK itself reads OTEL_TRACES_SAMPLER and its limits from the environment. */
export function startTrace(
  name: string,
  version: string,
  config: TracesConfig,
  mostWaiting = MOST_WAITING,
): RunTrace {
  const exporter = createExporter(config);
  const queue = createSpanQueue(exporter, mostWaiting);
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        "host.name": hostname(),
        "process.pid": process.pid,
        "service.version": version,
        ...config.resource,
      }),
    ),
    spanProcessors: [queue.processor],
  });
  const sdk = provider.getTracer("family-hub-jobs", version);
  const root = sdk.startSpan(name, { kind: SpanKind.INTERNAL }, ROOT_CONTEXT);
  const ofRun = trace.setSpan(ROOT_CONTEXT, root);
  const current = new AsyncLocalStorage<Context>();

  async function within<T>(
    parent: Context,
    { name: spanName, ...options }: SpanOptions,
    work: (span: Span) => Promise<T>,
  ): Promise<T> {
    const span = sdk.startSpan(spanName, options, parent);
    const ours = spanOf(span);
    try {
      return await current.run(trace.setSpan(parent, span), () => work(ours));
    } catch (error) {
      ours.fail(error instanceof Error ? error.constructor.name : "unknown");
      throw error;
    } finally {
      span.end();
    }
  }

  const tracer: Tracer = {
    on: true,
    step: (spanName, { attributes = {}, table, link = null }, work) => {
      const links = linksTo(link);
      const database = table === undefined ? {} : databaseAttributes(spanName, table);
      const kind = table === undefined ? SpanKind.INTERNAL : SpanKind.CLIENT;
      const options = { name: spanName, kind, links, attributes: { ...database, ...attributes } };
      return within(ofRun, options, work);
    },
    call: (spanName, attributes, work) => {
      const options = { name: spanName, kind: SpanKind.CLIENT, attributes };
      return within(current.getStore() ?? ofRun, options, work);
    },
  };
  return {
    tracer,
    root: spanOf(root),
    during: (work) => current.run(ofRun, work),
    end: async (giveUp) => {
      const { dropped } = queue;
      if (dropped > 0) root.setAttribute("family_hub_jobs.dropped_spans", dropped);
      root.end();
      const failure = await exporter.finish(() => provider.forceFlush(), giveUp);
      // Before Node 24, one in use slows down each promise of the process.
      current.disable();
      return { failure, dropped };
    },
  };
}

/**
 * Sends an empty request.
 * @returns why the collector refuses spans, or null
 */
export function tryCollector(
  config: TracesConfig,
  giveUp: AbortSignal,
): Promise<SendFailure | null> {
  return sendSpans([], config, giveUp);
}

interface SpanOptions {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly links?: Link[];
}

function spanOf(span: SdkSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const flags = traceFlags.toString(16).padStart(2, "0");
  return {
    traceparent: `00-${traceId}-${spanId}-${flags}`,
    set: (attributes) => void span.setAttributes(attributes),
    fail: (type) => {
      span.setAttribute("error.type", type);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
  };
}

function databaseAttributes(summary: string, table: string): Attributes {
  return {
    "db.system.name": "postgresql",
    "db.query.summary": summary,
    "db.collection.name": table,
  };
}

/** https://www.w3.org/TR/trace-context/: an ID of zeros is invalid, and a later version may append fields. */
function linksTo(traceparent: string | null): Link[] {
  const form = /^(?!ff)[\da-f]{2}-(?!0+-)([\da-f]{32})-(?!0+-)([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;
  const [, traceId, spanId, flags] = form.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined) return [];
  return [
    { context: { traceId, spanId, traceFlags: Number.parseInt(flags ?? "0", 16), isRemote: true } },
  ];
}
