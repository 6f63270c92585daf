// Limits how long metrics, pings and traces may be sent after a run has ended.
import type { Deadline } from "../deadline.ts";

/** For everything that is sent after the end of a run. */
const SEND_MS = 10_000;
/** After SIGTERM: Kubernetes kills the process 30 s later, cron's `timeout` 40 s later. */
const SEND_WHEN_INTERRUPTED_MS = 3000;

/** Limits all sends together; the limit is shorter after SIGTERM. */
export function startSendDeadline(interrupted: AbortSignal): Deadline {
  const end = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const endIn = (ms: number) => timers.push(setTimeout(() => end.abort(), ms));
  const shorten = () => void endIn(SEND_WHEN_INTERRUPTED_MS);
  endIn(SEND_MS);
  if (interrupted.aborted) shorten();
  interrupted.addEventListener("abort", shorten);
  const dispose = () => {
    for (const timer of timers) clearTimeout(timer);
    interrupted.removeEventListener("abort", shorten);
  };
  return { signal: end.signal, dispose };
}
