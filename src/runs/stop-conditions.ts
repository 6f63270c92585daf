// Everything that may end a run early, gathered in one place: the first reason wins.
import type { RunStop } from "../domain/outcome.ts";

export interface Brakes {
  pulled(): RunStop | null;
  pull(stop: RunStop): void;
  /** Call when the work is over: no timer may keep the process alive. */
  dispose(): void;
}

export const OUT_OF_TIME: RunStop = { outcome: "stopped", reason: "--max-duration is over" };

export function createBrakes(causes: {
  /** Aborted by SIGTERM or SIGINT, whose name is the reason. */
  interrupted: AbortSignal;
  /** null for work that needs no lock. */
  lockLost: AbortSignal | null;
  maxDurationMs: number | null;
  /** Called once, with the first reason. */
  onStop: (stop: RunStop) => void;
}): Brakes {
  const { interrupted, lockLost, maxDurationMs, onStop } = causes;
  let first: RunStop | null = null;
  const pull = (stop: RunStop) => {
    if (first !== null) return;
    first = stop;
    onStop(stop);
  };
  const onInterrupt = () => pull({ outcome: "interrupted", reason: String(interrupted.reason) });
  const onLoss = () => pull({ outcome: "stopped", reason: "the lock was lost" });

  interrupted.addEventListener("abort", onInterrupt);
  if (interrupted.aborted) onInterrupt();
  lockLost?.addEventListener("abort", onLoss);
  if (lockLost?.aborted === true) onLoss();
  if (maxDurationMs === 0) pull(OUT_OF_TIME);
  const timer =
    maxDurationMs === null ? undefined : setTimeout(() => pull(OUT_OF_TIME), maxDurationMs);

  return {
    pulled: () => first,
    pull,
    dispose: () => {
      clearTimeout(timer);
      interrupted.removeEventListener("abort", onInterrupt);
      lockLost?.removeEventListener("abort", onLoss);
    },
  };
}
