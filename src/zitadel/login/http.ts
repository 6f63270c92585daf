// HTTP to discovery and the token endpoint: with the configured CA, a time limit and no redirects.
import type http from "node:http";
import { rootCertificates } from "node:tls";
import { startDeadline } from "../../deadline.ts";
import { nameOfProxy, startRequest, type EgressProxy } from "../../egress-proxy.ts";
import { IdentityUnavailable } from "../../errors.ts";
import { NO_TRACES, type Tracer } from "../../tracing.ts";
import { blockedByProxy } from "./blocked-by-proxy.ts";
import { unverified } from "./certificate.ts";

export interface HttpAnswer {
  readonly status: number;
  /** The media type alone, such as `text/html`; null if there is none. */
  readonly contentType: string | null;
  /** Parsed JSON, or null if the body is not JSON: proxies and blocked instances answer in text. */
  readonly json: Record<string, unknown> | null;
  /** The beginning of the body. Never printed: it may quote what was sent. */
  readonly text: string;
  readonly retryAfterMs: number | null;
  /** The server's clock minus ours in milliseconds, rounded to seconds; 0 without a Date header. */
  readonly skewMs: number;
}

export interface HttpOptions {
  readonly timeoutMs: number;
  readonly extraCa: string | null;
  readonly proxy: EgressProxy | null;
  /** Ends the call at once. */
  readonly closed?: AbortSignal;
  readonly tracer?: Tracer;
  /** If given, it is sent by POST. */
  readonly form?: URLSearchParams;
}

const LARGEST_BODY = 1 << 20;

/** @throws IdentityUnavailable if no answer comes in time */
export function httpCall(url: URL, options: HttpOptions): Promise<HttpAnswer> {
  const { tracer = NO_TRACES, form } = options;
  const method = form === undefined ? "GET" : "POST";
  const attributes = {
    "http.request.method": method,
    "url.full": url.href,
    "server.address": url.hostname,
    "server.port": Number(url.port || (url.protocol === "https:" ? 443 : 80)),
  };
  return tracer.call(method, attributes, async (span) => {
    const answer = await send(url, options, span.traceparent);
    span.set({ "http.response.status_code": answer.status });
    if (answer.status >= 400) span.fail(String(answer.status));
    return answer;
  });
}

async function send(
  url: URL,
  options: HttpOptions,
  traceparent: string | null,
): Promise<HttpAnswer> {
  const body = options.form?.toString();
  const deadline = startDeadline(options.timeoutMs, options.closed);
  const settings = {
    method: body === undefined ? "GET" : "POST",
    headers: {
      accept: "application/json",
      ...(traceparent === null ? {} : { traceparent }),
      ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    },
    // Covers connecting to the last byte: a token endpoint that hangs must not block the run.
    signal: deadline.signal,
    // Even if NODE_TLS_REJECT_UNAUTHORIZED=0 is set.
    rejectUnauthorized: true,
    ...(options.extraCa === null ? {} : { ca: [...rootCertificates, options.extraCa] }),
  };
  let request: http.ClientRequest | null = null;
  try {
    const started = await startRequest(url, settings, options.proxy);
    request = started;
    return await new Promise((resolve, reject) => {
      started.once("error", reject);
      started.once("response", (response) => resolve(readAnswer(response)));
      started.end(body);
    });
  } catch (error) {
    const through = options.proxy === null ? "" : ` through ${nameOfProxy(options.proxy)}`;
    throw (
      unverified(url, error) ??
      blockedByProxy(url, error) ??
      new IdentityUnavailable(
        `Zitadel is unreachable at ${url.origin}${through}: ${reason(error)}. ${adviceFor(error, options.proxy)}.`,
        { cause: error },
      )
    );
  } finally {
    deadline.dispose();
    request?.destroy();
  }
}

/** Behind an egress proxy, the host's own name server often does not know outside names. */
function adviceFor(error: unknown, proxy: EgressProxy | null): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  return proxy === null && ["ENOTFOUND", "EAI_AGAIN"].includes(code)
    ? "Check that ZITADEL_URL names it, or set HTTPS_PROXY if only a proxy can reach it from this host"
    : "Check that it runs and that ZITADEL_URL names it";
}

async function readAnswer(response: http.IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Error("the answer is too large");
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  const serverMs = Date.parse(response.headers.date ?? "");
  return {
    status: response.statusCode ?? 0,
    contentType: mediaType(response.headers["content-type"]),
    json: parseObject(text),
    text: text.slice(0, 2000),
    retryAfterMs: parseRetryAfter(response.headers["retry-after"]),
    skewMs: Number.isNaN(serverMs) ? 0 : serverMs - Date.now(),
  };
}

/** As in RFC 9110; anything else stays out of messages. */
function mediaType(header: string | undefined): string | null {
  const [type] = /^[a-z]{1,20}\/[\w.+-]{1,60}/i.exec(header?.trim() ?? "") ?? [];
  return type?.toLowerCase() ?? null;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** One wrong header must not stop the tool for years. */
const LONGEST_SILENCE_MS = 3_600_000;

/** As in RFC 9110: seconds, or a date. */
export function parseRetryAfter(header: string | undefined): number | null {
  if (header === undefined) return null;
  const inMs = /^\d{1,9}$/.test(header.trim())
    ? Number(header) * 1000
    : Date.parse(header) - Date.now();
  return Number.isNaN(inMs) ? null : Math.min(Math.max(0, inMs), LONGEST_SILENCE_MS);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError" || error.name === "TimeoutError") {
    return "no answer in time (ZITADEL_TIMEOUT)";
  }
  const cause = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : error;
  // A certificate for many names makes a message of many kilobytes.
  return (cause?.message ?? error.message).replace(/\p{Cc}+/gu, " ").slice(0, 300);
}
