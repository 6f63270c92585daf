// Watches for how long statements of a run hold their locks on the rows of a table.
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchDatabase } from "../stage/database.ts";

const EVERY_MS = 2;

export interface LockWatch {
  /** The longest that a transaction was seen to write to the table, in milliseconds. */
  longestMs(): number;
  stop(): Promise<void>;
}

/** Looks every few milliseconds, so that a hold is seen but for that much of it. */
export async function watchLocks(db: BenchDatabase, table: string): Promise<LockWatch> {
  const client = await db.connect();
  let [longest, watching] = [0, true];
  const watch = (async () => {
    while (watching) {
      const { rows } = await client.query<{ ms: number | null }>(HELD, [table]);
      longest = Math.max(longest, rows[0]?.ms ?? 0);
      await sleep(EVERY_MS);
    }
    await client.end();
  })();
  return {
    longestMs: () => longest,
    stop: async () => {
      watching = false;
      await watch;
    },
  };
}

const HELD = `
  select max(extract(epoch from clock_timestamp() - a.xact_start) * 1000)::float8 as ms
  from pg_locks l
  join pg_stat_activity a on a.pid = l.pid
  where l.relation = $1::regclass and l.mode = 'RowExclusiveLock' and a.application_name like 'fhj %'`;
