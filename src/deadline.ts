// A time limit that aborts a signal.
import { setMaxListeners } from "node:events";

export interface Deadline {
  readonly signal: AbortSignal;
  /** Call it when nobody waits any more: no timer may keep the process alive. */
  dispose(): void;
}

/**
 * Uses a timer of its own: on Node 20 the garbage collector removes an `AbortSignal.timeout` that only an
 * `AbortSignal.any` refers to, and the call waits for ever (nodejs/node#57736).
 * @param sooner aborts it before its time
 */
export function startDeadline(timeoutMs: number, sooner?: AbortSignal): Deadline {
  const end = new AbortController();
  const abort = () => end.abort();
  const timer = setTimeout(abort, timeoutMs);
  if (sooner?.aborted === true) abort();
  if (sooner !== undefined) {
    // Each call in flight listens to it. Node would warn of a leak on stderr, from the eleventh on.
    setMaxListeners(0, sooner);
    sooner.addEventListener("abort", abort);
  }
  const dispose = () => {
    clearTimeout(timer);
    sooner?.removeEventListener("abort", abort);
  };
  return { signal: end.signal, dispose };
}
