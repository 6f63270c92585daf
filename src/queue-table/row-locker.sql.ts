// Finds which of the skipped jobs are locked, and by which session.
import type { Queryable } from "../postgres/database.ts";
import { describeSession } from "../postgres/session-name.ts";
import { QUEUE } from "./queue.sql.ts";

export interface RowLocker {
  readonly pid: number;
  readonly role: string | null;
  /** The session's own name, which anybody can set to anything. */
  readonly applicationName: string | null;
  /** An earlier session of this run: its connection was lost, and Postgres has not noticed yet. */
  readonly own: boolean;
}

/**
 * Postgres names no session for a row locked by several sessions, or behind a view.
 * @returns null also if the lock is gone by now
 */
export async function findLocker(db: Queryable, jobId: string): Promise<RowLocker | null> {
  const rows = await db
    .query<RowLocker>(
      `select l.pid, a.usename as role, a.application_name as "applicationName",
              a.application_name is not distinct from current_setting('application_name') as own
       from ${QUEUE} q
       join pg_locks l on l.locktype = 'transactionid' and l.granted and l.transactionid = q.xmax
       left join pg_stat_activity a on a.pid = l.pid
       where q.id = $1`,
      [jobId],
    )
    .catch((): RowLocker[] => []);
  return rows[0] ?? null;
}

export function describeLocker(locker: RowLocker | null): string {
  if (locker === null) return "pg_stat_activity shows open transactions";
  const { applicationName, role, pid, own } = locker;
  if (own) {
    return `locked by a former session of this run, pid ${pid}, whose connection was lost: Postgres ends it within two minutes`;
  }
  return `locked by ${describeSession(applicationName)}, role ${role ?? "unknown"}, pid ${pid}`;
}

/** Those of the skipped jobs that exist: another session has, or had, their rows locked. */
export async function findLocked(
  db: Queryable,
  asked: readonly string[],
  seen: readonly { readonly id: string }[],
): Promise<string[]> {
  const known = new Set(seen.map(({ id }) => id));
  const unseen = asked.filter((id) => !known.has(id));
  if (unseen.length === 0) return [];
  const rows = await db.query<{ id: string }>(
    `select q.id from ${QUEUE} q where q.id = any ($1::uuid[])`,
    [unseen],
  );
  return rows.map(({ id }) => id);
}
