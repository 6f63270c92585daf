// How long the end of a run may take after its work.
import type { Deadline } from "../deadline.ts";

/** For all that is sent after the end of a run. */
const PATIENCE_MS = 10_000;
/** When the process has been asked to go: Kubernetes kills it 30 s after, cron's `timeout` 40 s. */
const PATIENCE_WHEN_INTERRUPTED_MS = 3000;

/** Ends the waiting for all who watch; sooner once the process has been asked to go. */
export function startPatience(interrupted: AbortSignal): Deadline {
  const end = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const endIn = (ms: number) => timers.push(setTimeout(() => end.abort(), ms));
  const hurry = () => void endIn(PATIENCE_WHEN_INTERRUPTED_MS);
  endIn(PATIENCE_MS);
  if (interrupted.aborted) hurry();
  interrupted.addEventListener("abort", hurry);
  const dispose = () => {
    for (const timer of timers) clearTimeout(timer);
    interrupted.removeEventListener("abort", hurry);
  };
  return { signal: end.signal, dispose };
}
