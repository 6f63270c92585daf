// Who holds which of the tool's locks, since when, and whether locks work at all.
import type { DatabaseConfig } from "../config/database-config.ts";
import { tryAdvisoryLock } from "../lock/advisory-lock.ts";
import { describeRefusal, isRefused } from "../lock/lock-attempt.ts";
import { LOCK_CLASS, LOCK_KEYS, WHOLE_QUEUE } from "../postgres/lock-keys.ts";
import type { Queryable } from "../postgres/database.ts";
import { DOCTOR_TIMEOUTS } from "./connection.sql.ts";
import { describeSession } from "../postgres/session-name.ts";

export interface HeldByProcess {
  /** Such as `retry-accounts`; `schema` for a migration. */
  readonly locks: readonly string[];
  readonly who: string;
  /** null if it is not a run of this tool. */
  readonly runId: string | null;
  /** Postgres's own process for it, not the run's; null for a prepared transaction, which has none. */
  readonly backendPid: number | null;
  /** The age of its transaction, otherwise of its connection; null for a role that may not see it. */
  readonly ageMs: number | null;
  /** Outside a transaction, where no run of this tool holds a lock. */
  readonly foreign: boolean;
}

const NAMES = new Map<number, string>(Object.entries(LOCK_KEYS).map(([name, key]) => [key, name]));

/** Oldest first. All commands share the schema's lock, so only an exclusive holder is listed. */
export async function listHeldLocks(db: Queryable): Promise<HeldByProcess[]> {
  const rows = await db.query<
    Omit<HeldByProcess, "locks" | "who"> & { who: string | null; keys: number[] }
  >(
    `select a.application_name as who,
            substring(a.application_name from '^fhj .+ ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$') as "runId",
            l.pid as "backendPid",
            extract(epoch from clock_timestamp() - coalesce(a.xact_start, a.backend_start))::float8 * 1000::float8 as "ageMs",
            a.xact_start is null and a.backend_start is not null as foreign,
            pg_catalog.array_agg(distinct l.objid::bigint::int) as keys
     from pg_locks l
     left join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.objsubid = 2
       and l.classid = $1::int::oid
       and l.database = (select d.oid from pg_database d where d.datname = current_database())
       and (l.objid <> 0::oid or l.mode = 'ExclusiveLock')
     group by l.pid, a.application_name, a.xact_start, a.backend_start
     order by coalesce(a.xact_start, a.backend_start)`,
    [LOCK_CLASS],
  );
  return rows.map(({ keys, ...holder }) => ({
    ...holder,
    who: describeSession(holder.who),
    // Keys above those of the commands belong to shards, which also hold their command's lock.
    locks: keys.flatMap((key) => NAMES.get(key) ?? []),
  }));
}

export interface LockTrial {
  /** The holder that blocks everybody: a migration. null if the lock was obtained. */
  readonly refused: string | null;
  /** Others see the lock, and its transaction stays on one server connection. */
  readonly holds: boolean;
  readonly pid: number | null;
}

/** Takes the lock of read-only commands, and releases it. */
export async function tryLock(
  config: DatabaseConfig,
  applicationName: string,
  onlooker: Queryable,
): Promise<LockTrial> {
  const lock = await tryAdvisoryLock(config, applicationName, "read", WHOLE_QUEUE, DOCTOR_TIMEOUTS);
  if (isRefused(lock)) return { refused: describeRefusal(lock), holds: true, pid: null };
  try {
    const pid = await backendOf(lock);
    const seen = await onlooker.query(
      `select 1
       from pg_locks l
       where l.locktype = 'advisory' and l.granted and l.pid = $1
         and l.classid = $2::int::oid and l.objid = 0::oid and l.objsubid = 2`,
      [pid, LOCK_CLASS],
    );
    return { refused: null, holds: seen.length > 0 && (await backendOf(lock)) === pid, pid };
  } finally {
    await lock.release();
  }
}

async function backendOf(db: Queryable): Promise<number> {
  const [row] = await db.query<{ pid: number }>("select pg_backend_pid() as pid");
  return (row as { pid: number }).pid;
}
