// Everything that may end a run early, in one place: the first reason counts.
import type { RunStop } from "../domain/outcome.ts";

export interface StopConditions {
  reason(): RunStop | null;
  stop(stop: RunStop): void;
  /** Call when the work is over: no timer may keep the process alive. */
  dispose(): void;
}

export const OUT_OF_TIME: RunStop = { outcome: "stopped", reason: "--max-duration was reached" };

export function createStopConditions(causes: {
  /** Aborted by SIGTERM or SIGINT, with its name as the reason. */
  interrupted: AbortSignal;
  /** null for work without a lock. */
  lockLost: AbortSignal | null;
  maxDurationMs: number | null;
  /** Called once, with the first reason. */
  onStop: (stop: RunStop) => void;
}): StopConditions {
  const { interrupted, lockLost, maxDurationMs, onStop } = causes;
  let first: RunStop | null = null;
  const stop = (reason: RunStop) => {
    if (first !== null) return;
    first = reason;
    onStop(reason);
  };
  const onInterrupt = () => stop({ outcome: "interrupted", reason: String(interrupted.reason) });
  const onLoss = () => stop({ outcome: "stopped", reason: "the lock was lost" });

  interrupted.addEventListener("abort", onInterrupt);
  if (interrupted.aborted) onInterrupt();
  lockLost?.addEventListener("abort", onLoss);
  if (lockLost?.aborted === true) onLoss();
  if (maxDurationMs === 0) stop(OUT_OF_TIME);
  const timer =
    maxDurationMs === null ? undefined : setTimeout(() => stop(OUT_OF_TIME), maxDurationMs);

  return {
    reason: () => first,
    stop,
    dispose: () => {
      clearTimeout(timer);
      interrupted.removeEventListener("abort", onInterrupt);
      lockLost?.removeEventListener("abort", onLoss);
    },
  };
}
