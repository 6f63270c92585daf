// Renews the leases of a run's jobs for as long as the run lives.
import type { Queryable } from "../store/database.ts";
import { renewLeases } from "../store/job-lease.ts";

export interface LeaseKeeper {
  /** A process that slept too long, or lost Postgres: its jobs may be another run's by now. */
  lapsed(): boolean;
  stop(): void;
}

export function keepLeases(db: Queryable, runId: string, leaseMs: number): LeaseKeeper {
  let renewedMs = performance.now();
  const lapsed = () => performance.now() - renewedMs > leaseMs;
  const timer = setInterval(() => {
    // A lease that was over once may have been taken: it is never renewed again.
    if (lapsed()) return;
    const startMs = performance.now();
    // A failure shows when the next job is settled; a late lease shows in `lapsed`.
    renewLeases(db, runId, leaseMs).then(
      () => (renewedMs = startMs),
      () => undefined,
    );
  }, leaseMs / 3);
  return {
    lapsed,
    stop: () => clearInterval(timer),
  };
}
