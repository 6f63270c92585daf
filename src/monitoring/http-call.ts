// One HTTP request to a monitoring service: with a time limit, without redirects, never throws.
import { certificateFault } from "../certificate-fault.ts";
import type { Endpoint } from "../config/endpoint.ts";
import { startDeadline } from "../deadline.ts";
import { nameOfProxy, ProxyFault, startRequest } from "../egress-proxy.ts";

export interface SendFailure {
  /** Without any part of the address, which is secret. */
  readonly why: string;
  /** Whether a second try may succeed. */
  readonly passing: boolean;
  /** Its TLS certificate was not accepted. */
  readonly untrusted?: boolean;
}

/** Sent by POST. */
export interface Content {
  /** The media type. */
  readonly type: string;
  readonly body: string | Uint8Array;
  /** They replace default headers of the same name. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Target extends Pick<Endpoint, "authorization" | "proxy"> {
  /** PEM of the only CAs to trust; absent or null for the usual ones. */
  readonly ca?: string | null;
  /** For one try. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5000;

/**
 * Sends a POST if there is content. Reports only whether the request was accepted.
 * @param url of the endpoint, with its suffix
 * @param giveUp ends the call at once
 * @returns null if it was accepted
 */
export async function send(
  url: URL,
  { authorization, proxy, ca = null, timeoutMs = TIMEOUT_MS }: Target,
  giveUp: AbortSignal,
  content?: Content,
): Promise<SendFailure | null> {
  const deadline = startDeadline(timeoutMs, giveUp);
  try {
    const settings = {
      method: content === undefined ? "GET" : "POST",
      headers: {
        "user-agent": "family-hub-jobs",
        ...(content === undefined ? {} : { "content-type": content.type }),
        ...(authorization === null ? {} : { authorization: authorization.reveal() }),
        ...content?.headers,
      },
      signal: deadline.signal,
      // Even if NODE_TLS_REJECT_UNAUTHORIZED=0 is set: the address holds secrets.
      rejectUnauthorized: true,
      ...(ca === null ? {} : { ca }),
    };
    const request = await startRequest(url, settings, proxy);
    try {
      return await new Promise((resolve, reject) => {
        // Not `once`: `destroy` below may emit another error.
        request.on("error", reject);
        request.once("response", ({ statusCode = 0 }) => resolve(judge(statusCode)));
        request.end(content?.body);
      });
    } finally {
      // The rest of the answer is not needed.
      request.destroy();
    }
  } catch (error) {
    const through = proxy === null ? "" : ` through ${nameOfProxy(proxy)}`;
    const untrusted = certificateFault(causeOf(error)) !== null;
    const why = untrusted ? `its certificate cannot be verified (${reason(error)})` : reason(error);
    return { why: `${why}${through}`, passing: !untrusted, untrusted };
  } finally {
    deadline.dispose();
  }
}

/** Tries a second time if that may help and there is time. */
export async function sendWithRetry(
  url: URL,
  endpoint: Target,
  giveUp: AbortSignal,
  content?: Content,
): Promise<SendFailure | null> {
  const first = await send(url, endpoint, giveUp, content);
  if (first === null || !first.passing || giveUp.aborted) return first;
  return send(url, endpoint, giveUp, content);
}

function judge(status: number): SendFailure | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    const why = `it answered ${status}, a redirect, which is not followed: set the address that it leads to`;
    return { why, passing: false };
  }
  return { why: `it answered ${status}`, passing: status >= 500 };
}

/** Only codes: messages may contain the address. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  if (error instanceof ProxyFault && error.cause === undefined) return error.message;
  if (error.name === "AbortError") return "no answer in time";
  const cause = causeOf(error) as NodeJS.ErrnoException;
  return cause.code ?? cause.name;
}

/** A host with several addresses fails as an AggregateError. */
function causeOf(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] as unknown) : error;
}
