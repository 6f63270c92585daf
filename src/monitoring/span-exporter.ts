// Sends finished spans by OTLP over HTTP: with a time limit, through the egress proxy, never throws.
import { gzipSync } from "node:zlib";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { TracesConfig } from "../config/traces-config.ts";
import { sendWithRetry, type SendFailure } from "./http-call.ts";

/** Within the time limit of a batch. */
const TRIES = 2;

export interface RunExporter extends SpanExporter {
  /** How many spans it has received so far. */
  readonly taken: number;
  /**
   * @param flush exports the last spans
   * @returns the first reason why spans were lost, or null
   */
  finish(flush: () => Promise<void>, giveUp: AbortSignal): Promise<SendFailure | null>;
}

/** The SDK's own exporter ignores egress proxies, retries without limit and reads settings itself. */
export function createExporter(config: TracesConfig): RunExporter {
  const tooLate = new AbortController();
  const pending = new Set<Promise<SendFailure | null>>();
  let failure: SendFailure | null = null;
  let taken = 0;

  /** The SDK would only log an error, and nobody reads that log. */
  async function send(spans: ReadableSpan[], done: (code: 0 | 1) => void): Promise<void> {
    const sent = sendSpans(spans, config, tooLate.signal);
    pending.add(sent);
    const lost = await sent;
    pending.delete(sent);
    failure ??= lost;
    done(lost === null ? 0 : 1);
  }

  return {
    export: (spans, done) => {
      taken += spans.length;
      void send(spans, (code) => done({ code }));
    },
    get taken() {
      return taken;
    },
    shutdown: () => Promise.resolve(),
    finish: async (flush, giveUp) => {
      const end = () => tooLate.abort();
      giveUp.addEventListener("abort", end);
      if (giveUp.aborted) end();
      // It rejects for lost batches, which this exporter counts itself, and does not wait for batches in
      // flight.
      await flush().catch(() => undefined);
      await Promise.all(pending);
      giveUp.removeEventListener("abort", end);
      return failure;
    },
  };
}

/** @param spans empty to check whether the collector accepts a request */
export function sendSpans(
  spans: ReadableSpan[],
  { endpoint, protocol, compression, timeoutMs, ca, headers }: TracesConfig,
  giveUp: AbortSignal,
): Promise<SendFailure | null> {
  const json = protocol === "http/json";
  const serializer = json ? JsonTraceSerializer : ProtobufTraceSerializer;
  const body = serializer.serializeRequest(spans) ?? new Uint8Array();
  const target = { ...endpoint, ca, timeoutMs: timeoutMs / TRIES };
  return sendWithRetry(new URL(endpoint.url.reveal()), target, giveUp, {
    type: json ? "application/json" : "application/x-protobuf",
    body: compression === "gzip" ? gzipSync(body) : body,
    headers: {
      ...(compression === "gzip" ? { "content-encoding": "gzip" } : {}),
      ...Object.fromEntries(headers.map(([name, value]) => [name, value.reveal()])),
    },
  });
}
