// Who holds a lock that was refused, for how long, and whether that run still works.
import type { Client } from "pg";
import { QUEUE, STATUS } from "../queue-table/queue.sql.ts";
import { describeSession } from "../postgres/session-name.ts";

export interface LockHolder {
  /** For output: in quotes if it is not this tool's. */
  readonly applicationName: string;
  /** null if Postgres hides it, because the holder has another database role. */
  readonly ageMs: number | null;
  /**
   * The holder is not a run of this tool, whose runs hold their locks in a transaction: another application
   * uses the same keys. The age is then that of its connection.
   */
  readonly foreign: boolean;
  /**
   * Only if the age is hidden: for how long no run of the command has begun, or of any command if the holder
   * blocks all of them. null if no run is recorded.
   */
  readonly idleMs: number | null;
  /**
   * How long ago the oldest lease of its jobs ended. null while the run renews them, and for a holder without
   * jobs.
   */
  readonly leaseOverMs: number | null;
}

/**
 * If leases ended longer ago, the run hangs or its host is gone. A run that has just lost its leases still
 * gets the time of one call to finish what is in flight.
 */
const HANGS_AFTER_MS = 60_000;

/** Returns null while the run may still be finishing its last calls. */
export function hangsFor({ leaseOverMs }: LockHolder): number | null {
  return leaseOverMs !== null && leaseOverMs > HANGS_AFTER_MS ? leaseOverMs : null;
}

/**
 * If several shards are held: one that hangs, otherwise the oldest.
 * @param command null if the lock blocks every command
 */
export async function findHolder(
  client: Client,
  lockClass: number,
  keys: readonly number[],
  command: string | null,
): Promise<LockHolder | null> {
  const holders = (await client.query<Seen>(HOLDERS, [lockClass, keys])).rows;
  const [oldest] = holders;
  if (oldest === undefined) return null;
  // The ledger and the queue may be missing or unreadable; the lock is held all the same.
  const leases = await client
    .query<{ runId: string; leaseOverMs: number }>(LEASES, [holders.flatMap(runIdOf)])
    .catch(() => ({ rows: [] }));
  const [hung] = leases.rows;
  const isHung = (holder: Seen) => hung !== undefined && runIdOf(holder).includes(hung.runId);
  const seen = holders.find(isHung) ?? oldest;
  const { ageMs, foreign } = seen;
  const holder = { applicationName: describeSession(seen.applicationName), ageMs, foreign };
  const leaseOverMs = hung?.leaseOverMs ?? null;
  if (ageMs !== null) return { ...holder, idleMs: null, leaseOverMs };
  // Any role that may connect can hold one of our locks with its age hidden; without this it would seem young
  // for ever.
  const idle = await client
    .query<{ idleMs: number | null }>(IDLE, [command])
    .catch(() => ({ rows: [] }));
  return { ...holder, idleMs: idle.rows[0]?.idleMs ?? null, leaseOverMs };
}

interface Seen {
  /** null for a prepared transaction. */
  readonly applicationName: string | null;
  readonly ageMs: number | null;
  readonly foreign: boolean;
}

function runIdOf({ applicationName }: Seen): string[] {
  const found = /^fhj .+ ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(
    applicationName ?? "",
  );
  return found?.[1] === undefined ? [] : [found[1]];
}

const IDLE = `
  select (extract(epoch from clock_timestamp() - max(r.started_at)) * 1000)::float8 as "idleMs"
  from family_hub_jobs.runs r
  where $1::text is null or r.command::text = $1::text`;

// A prepared transaction holds locks without a process.
const HOLDERS = `
  select a.application_name as "applicationName",
         (extract(epoch from clock_timestamp() - coalesce(a.xact_start, a.backend_start)) * 1000)::float8 as "ageMs",
         a.xact_start is null and a.backend_start is not null as foreign
  from pg_locks l
  left join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.classid = $1::int::oid and l.objid = any ($2::int[]::oid[])
    and l.database = (select oid from pg_database where datname = current_database())
    and l.pid is distinct from pg_backend_pid()
  order by coalesce(a.xact_start, a.backend_start)`;

const LEASES = `
  select q.claimed_by_run_id::text as "runId",
         (extract(epoch from clock_timestamp() - min(q.lease_expires_at)) * 1000)::float8 as "leaseOverMs"
  from ${QUEUE} q
  where ${STATUS} = 'processing' and q.claimed_by_run_id::text = any ($1::text[])
    and q.lease_expires_at < clock_timestamp() and isfinite(q.lease_expires_at)
  group by q.claimed_by_run_id
  order by min(q.lease_expires_at)
  limit 1`;
