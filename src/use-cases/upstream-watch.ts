// Watches how Zitadel answers, pulls the brakes when it is down, and tells the next runs.
import type { AttemptResult, RunStop } from "../domain/outcome.ts";
import { createUpstreamHealth } from "../domain/upstream-health.ts";
import {
  markBreakerClosed,
  markBreakerOpen,
  markPaused,
  type Breaker,
} from "../store/breaker-store.ts";
import type { Queryable } from "../store/database.ts";
import type { Brakes } from "./brakes.ts";

export interface UpstreamWatch {
  /** How many attempts may be in flight now. */
  allowed(): number;
  /** Nothing yet has shown that the outage of the runs before is over. */
  isInDoubt(): boolean;
  note(result: AttemptResult): void;
  /** Leaves the breaker as the next runs must find it. */
  remember(db: Queryable): Promise<void>;
}

function tooManyFaults(last: AttemptResult): RunStop {
  const why = last.kind === "transient" ? ` (last: ${last.failure.message})` : "";
  const reason = `Zitadel failed too often in a row${why}. Look after Zitadel; the next run tries again by itself, with a single call`;
  return { outcome: "unavailable", reason };
}

/** @param found the breaker as the runs before left it */
export function watchUpstream(concurrency: number, found: Breaker, brakes: Brakes): UpstreamWatch {
  const health = createUpstreamHealth(concurrency, found.openedAt !== null);
  let down: RunStop | null = null;
  let pause: { ms: number; reason: string } | null = null;

  return {
    allowed: () => health.allowed(),
    isInDoubt: () => health.isInDoubt(),
    note: (result) => {
      health.note(result);
      const stop = result.kind === "blameless" ? result.stop : null;
      const reason = stop ?? (health.isOpen() ? tooManyFaults(result) : null);
      if (reason === null) return;
      brakes.pull(reason);
      if (reason.outcome === "unavailable" && reason.leavesBreaker !== true) down ??= reason;
      if (result.kind !== "blameless" || result.retryAfterMs === null) return;
      pause = { ms: Math.max(pause?.ms ?? 0, result.retryAfterMs), reason: reason.reason };
    },
    remember: async (db) => {
      if (pause !== null) await markPaused(db, pause.ms, pause.reason);
      if (down !== null) await markBreakerOpen(db, down.reason);
      else if (found.openedAt !== null && health.hasRecovered()) await markBreakerClosed(db, found);
    },
  };
}
