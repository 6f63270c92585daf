// Commits that Postgres has confirmed and then loses, as a standby does that was promoted while it lagged.
import type { RoundDatabase } from "./stage.ts";

/** Commits stay in memory, where a crash finds them; the newest are lost together, and none between. */
const LATE = [
  "alter system set synchronous_commit = off",
  "alter system set wal_writer_delay = '10s'",
  "alter system set wal_writer_flush_after = '1GB'",
  "select pg_reload_conf()",
];

const DURABLE = ["alter system reset all", "select pg_reload_conf()"];

/** From now on a crash loses what was committed last. */
export async function writeCommitsLate(db: RoundDatabase): Promise<void> {
  for (const sql of LATE) await db.query(sql);
}

export async function writeCommitsAtOnce(db: RoundDatabase): Promise<void> {
  for (const sql of DURABLE) await db.query(sql);
}
