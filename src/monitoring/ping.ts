// A dead-man switch, compatible with Healthchecks: /start when a run begins, the plain address or /fail at
// its end.
import type { Endpoint } from "../config/endpoint.ts";
import { startDeadline } from "../deadline.ts";
import { sendWithRetry } from "./http-call.ts";

export interface Ping {
  /** Sends the first ping during the work, without waiting for it. */
  start(runId: string): void;
  /**
   * Sends the last ping, after the first. Takes at most as long as `deadline`.
   * @returns the problem to report, or null
   */
  end(runId: string, succeeded: boolean, deadline: AbortSignal): Promise<string | null>;
}

/** How long the end of a run waits for its first ping, which is less important than the last. */
const WAIT_FOR_START_MS = 2000;

export function createPing(endpoint: Endpoint): Ping {
  const tooLate = new AbortController();
  let started: Promise<unknown> | null = null;
  const start = (runId: string) => {
    started ??= sendWithRetry(pingUrl(endpoint, "/start", runId), endpoint, tooLate.signal);
  };
  return {
    start,
    end: async (runId, succeeded, deadline) => {
      start(runId);
      const wait = startDeadline(WAIT_FOR_START_MS, deadline);
      wait.signal.addEventListener("abort", () => tooLate.abort());
      if (wait.signal.aborted) tooLate.abort();
      await started;
      wait.dispose();
      const url = pingUrl(endpoint, succeeded ? "" : "/fail", runId);
      const failure = await sendWithRetry(url, endpoint, deadline);
      if (failure === null) return null;
      return `the ping to ${endpoint.origin} (PING_URL) failed: ${failure.why}`;
    },
  };
}

/** @returns the address with the suffix at the end of its path, and its query string kept */
function pingUrl({ url }: Endpoint, word: string, runId: string): URL {
  const result = new URL(url.reveal());
  result.pathname = result.pathname.replace(/\/+$/, "") + word;
  result.searchParams.set("rid", runId);
  return result;
}
