// Who has a job's row locked.
import type { Queryable } from "../postgres/database.ts";
import { QUEUE } from "../queue-table/queue.sql.ts";

export interface RowLocker {
  readonly pid: number;
  readonly role: string | null;
  /** As the session calls itself: anybody may call himself anything. */
  readonly applicationName: string | null;
}

/**
 * Of a row locked by several sessions at once, and behind a view, Postgres names none.
 * @returns null also when the lock is gone by now
 */
export async function findLocker(db: Queryable, jobId: string): Promise<RowLocker | null> {
  const rows = await db
    .query<RowLocker>(
      `select l.pid, a.usename as role, a.application_name as "applicationName"
       from ${QUEUE} q
       join pg_locks l on l.locktype = 'transactionid' and l.granted and l.transactionid = q.xmax
       left join pg_stat_activity a on a.pid = l.pid
       where q.id = $1`,
      [jobId],
    )
    .catch((): RowLocker[] => []);
  return rows[0] ?? null;
}
