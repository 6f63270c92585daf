// Which runs are alive: a run's lock ends with its process.
import { LOCK_CLASS } from "../postgres/lock-keys.ts";
import type { Queryable } from "../postgres/database.ts";

export interface LiveRun {
  readonly runId: string;
  readonly command: string;
  /** When it took its lock; null for a role that may not see it. */
  readonly since: Date | null;
}

/** A pooler's idle connection may still have the name of an ended run, but it holds no lock. */
const LOCKS_OF_RUNS = `
  pg_locks l
  join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.classid = ${LOCK_CLASS}::oid
    and l.database = (select oid from pg_database where datname = current_database())
    and a.application_name ~ '^fhj .+ [0-9a-f-]{36}$'`;

/** SQL for the IDs of the runs that hold a lock when it is evaluated. */
export const LIVE_RUN_IDS = `array(select right(a.application_name, 36) from ${LOCKS_OF_RUNS})`;

export async function findLiveRuns(db: Queryable): Promise<LiveRun[]> {
  return db.query<LiveRun>(
    `select distinct
            right(a.application_name, 36) as "runId",
            substring(a.application_name from '^fhj (.+) [0-9a-f-]{36}$') as command,
            a.xact_start as since
     from ${LOCKS_OF_RUNS}
     order by since`,
  );
}
