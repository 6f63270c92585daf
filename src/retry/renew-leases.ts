// Renews the leases of a run's jobs as long as the run lives.
import type { Queryable } from "../postgres/database.ts";
import { listHeld, renewLeases } from "../queue-table/leases.sql.ts";
import { separateRefused } from "../postgres/separate-refused.ts";

export interface LeaseRenewal {
  /** The process slept too long, or lost Postgres: another run may have its jobs by now. */
  lapsed(): boolean;
  stop(): void;
}

export function startLeaseRenewal(db: Queryable, runId: string, leaseMs: number): LeaseRenewal {
  let renewed = readClocks();
  const lapsed = () => elapsedMs(renewed) > leaseMs;
  const timer = setInterval(() => {
    // A lease that has ended once may have been taken over: it is never renewed again.
    if (lapsed()) return;
    const started = readClocks();
    // Settling the next job reports a failure; `lapsed` shows a late lease.
    renewAll(db, runId, leaseMs).then(
      // An answer after the end of the lease renews nothing: another run may have the job.
      () => (renewed = lapsed() ? renewed : started),
      () => undefined,
    );
  }, leaseMs / 3);
  return {
    lapsed,
    stop: () => clearInterval(timer),
  };
}

/** A job that the database refuses is reported when it is settled. */
async function renewAll(db: Queryable, runId: string, leaseMs: number): Promise<void> {
  const held = await listHeld(db, runId);
  await separateRefused(
    held,
    (id) => id,
    (ids) => renewLeases(db, runId, leaseMs, ids),
  );
}

interface Clocks {
  readonly steadyMs: number;
  readonly wallMs: number;
}

function readClocks(): Clocks {
  return { steadyMs: performance.now(), wallMs: Date.now() };
}

/** The monotonic clock stops while the host is suspended; the wall clock may be set back. */
function elapsedMs(since: Clocks): number {
  const now = readClocks();
  return Math.max(now.steadyMs - since.steadyMs, now.wallMs - since.wallMs);
}
