// Renews the leases of a run's jobs for as long as the run lives.
import type { Queryable } from "../postgres/database.ts";
import { listHeld, renewLeases } from "../queue-table/leases.sql.ts";
import { separateRefused } from "../postgres/separate-refused.ts";

export interface LeaseRenewal {
  /** A process that slept too long, or lost Postgres: its jobs may be another run's by now. */
  lapsed(): boolean;
  stop(): void;
}

export function startLeaseRenewal(db: Queryable, runId: string, leaseMs: number): LeaseRenewal {
  let renewed = readClocks();
  const lapsed = () => elapsedMs(renewed) > leaseMs;
  const timer = setInterval(() => {
    // A lease that was over once may have been taken: it is never renewed again.
    if (lapsed()) return;
    const started = readClocks();
    // A failure shows when the next job is settled; a late lease shows in `lapsed`.
    renewAll(db, runId, leaseMs).then(
      // An answer that comes after its end renews nothing: the job may be another run's.
      () => (renewed = lapsed() ? renewed : started),
      () => undefined,
    );
  }, leaseMs / 3);
  return {
    lapsed,
    stop: () => clearInterval(timer),
  };
}

/** One that the database refuses is named when it is settled. */
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

/** The steady clock stands still while the host is suspended, the wall clock may be set back. */
function elapsedMs(since: Clocks): number {
  const now = readClocks();
  return Math.max(now.steadyMs - since.steadyMs, now.wallMs - since.wallMs);
}
