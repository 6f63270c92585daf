// Who holds a lock that was refused, and for how long.
import type { Client } from "pg";
import { tellSession } from "./session-name.ts";

export interface LockHolder {
  /** As it may be told: in quotes where it is not this tool's. */
  readonly applicationName: string;
  /** null where Postgres hides it, because the holder has another database role than we. */
  readonly ageMs: number | null;
  /**
   * Only where the age is hidden: for how long no run of the command has begun, or of any command
   * where the holder keeps them all off. null when the ledger knows of none.
   */
  readonly idleMs: number | null;
}

/** @param command null where the lock keeps every command off */
export async function findHolder(
  client: Client,
  lockClass: number,
  keys: readonly number[],
  command: string | null,
): Promise<LockHolder | null> {
  const [row] = (await client.query<Seen>(HOLDER, [lockClass, keys])).rows;
  if (row === undefined) return null;
  const seen = { ...row, applicationName: tellSession(row.applicationName) };
  if (seen.ageMs !== null) return { ...seen, idleMs: null };
  // Anybody who may connect can hold a lock of ours with his age hidden: he must not be young for ever.
  const idle = await client
    .query<{ idleMs: number | null }>(IDLE, [command])
    // The ledger may be missing, or not ours to read: the lock is held all the same.
    .catch(() => ({ rows: [] }));
  return { ...seen, idleMs: idle.rows[0]?.idleMs ?? null };
}

interface Seen {
  /** null for a prepared transaction. */
  readonly applicationName: string | null;
  readonly ageMs: number | null;
}

const IDLE = `
  select (extract(epoch from clock_timestamp() - max(r.started_at)) * 1000)::float8 as "idleMs"
  from family_hub_jobs.runs r
  where $1::text is null or r.command::text = $1::text`;

// A prepared transaction holds locks without a process.
const HOLDER = `
  select a.application_name as "applicationName",
         (extract(epoch from clock_timestamp() - a.xact_start) * 1000)::float8 as "ageMs"
  from pg_locks l
  left join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.classid = $1::int::oid and l.objid = any ($2::int[]::oid[])
    and l.database = (select oid from pg_database where datname = current_database())
    and l.pid is distinct from pg_backend_pid()
  order by a.xact_start
  limit 1`;
