// One HTTP request to a monitoring service: bounded in time, no redirects, nothing is thrown.
import { certificateFault } from "../certificate-fault.ts";
import type { Endpoint } from "../config/endpoint.ts";
import { startDeadline } from "../deadline.ts";
import { nameOfProxy, ProxyFault, startRequest } from "../egress-proxy.ts";

export interface Unheard {
  /** In words that hold nothing of the address. */
  readonly why: string;
  /** Whether a second try may be heard. */
  readonly passing: boolean;
  /** Its TLS certificate was not accepted. */
  readonly untrusted?: boolean;
}

/** Sent by POST. */
export interface Content {
  /** The media type. */
  readonly type: string;
  readonly body: string | Uint8Array;
  /** In place of those that are sent anyway, where they have the same name. */
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
 * A POST when there is content. Says nothing of the answer but whether the request was accepted.
 * @param url of the endpoint, with what is appended to it
 * @param giveUp ends the call at once
 * @returns null when it was
 */
export async function send(
  url: URL,
  { authorization, proxy, ca = null, timeoutMs = TIMEOUT_MS }: Target,
  giveUp: AbortSignal,
  content?: Content,
): Promise<Unheard | null> {
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
      // Also where NODE_TLS_REJECT_UNAUTHORIZED=0 says otherwise: the address holds secrets.
      rejectUnauthorized: true,
      ...(ca === null ? {} : { ca }),
    };
    const request = await startRequest(url, settings, proxy);
    try {
      return await new Promise((resolve, reject) => {
        // Not once: what is destroyed below may complain again.
        request.on("error", reject);
        request.once("response", ({ statusCode = 0 }) => resolve(judge(statusCode)));
        request.end(content?.body);
      });
    } finally {
      // Anyone who answers need not be heard to the end.
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

/** Once more where that may help and there is time. */
export async function sendWithRetry(
  url: URL,
  endpoint: Target,
  giveUp: AbortSignal,
  content?: Content,
): Promise<Unheard | null> {
  const first = await send(url, endpoint, giveUp, content);
  if (first === null || !first.passing || giveUp.aborted) return first;
  return send(url, endpoint, giveUp, content);
}

function judge(status: number): Unheard | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    const why = `it answered ${status}, a redirect, which is not followed: set the address that it leads to`;
    return { why, passing: false };
  }
  return { why: `it answered ${status}`, passing: status >= 500 };
}

/** Codes only: messages may quote the address. */
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
