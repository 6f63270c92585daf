// Finds what blocks Postgres's cleanup: dead rows, old transactions, forgotten prepared transactions.
import type { Queryable } from "../postgres/database.ts";
import { describeSession } from "../postgres/session-name.ts";

export interface DeadRows {
  readonly table: string;
  readonly live: number;
  readonly dead: number;
  readonly lastVacuumAt: Date | null;
}

/** The tables that a run reads or writes, those with most dead rows first. */
export async function listDeadRows(db: Queryable): Promise<DeadRows[]> {
  return db.query<DeadRows>(
    `select s.schemaname::text || '.' || s.relname::text as "table",
            s.n_live_tup::float8 as live,
            s.n_dead_tup::float8 as dead,
            greatest(s.last_vacuum, s.last_autovacuum) as "lastVacuumAt"
     from pg_stat_user_tables s
     where s.schemaname = 'family_hub_jobs'
        or (s.schemaname = 'auth' and s.relname in ('queued_managed_account_creations',
            'users', 'outbox_events', 'family_member_invitations'))
     order by s.n_dead_tup desc`,
  );
}

export interface OldTransaction {
  /** null for a prepared one, which has no process. */
  readonly pid: number | null;
  readonly who: string;
  /** Such as `idle in transaction`, or `prepared`. */
  readonly state: string;
  readonly ageMs: number;
  /** The statement that ends it. */
  readonly end: string;
}

/**
 * Oldest first. A run's lock is an idle transaction without a snapshot, which blocks nothing.
 * @returns also how many sessions hide their age, because they belong to another role
 */
export async function listOldTransactions(
  db: Queryable,
  olderThanMs: number,
): Promise<{ old: OldTransaction[]; hidden: number }> {
  const old = await db.query<Omit<OldTransaction, "who"> & { name: string | null; role: string }>(
    `select t.*
     from (
       select a.pid,
              nullif(a.application_name, '') as name,
              coalesce('role ' || quote_ident(a.usename::text), 'a session') as role,
              a.state,
              extract(epoch from clock_timestamp() - a.xact_start)::float8 * 1000::float8 as "ageMs",
              'select pg_terminate_backend(' || a.pid::text || ')' as "end"
       from pg_stat_activity a
       where a.datname = current_database()
         and a.backend_type = 'client backend'
         and a.pid <> pg_backend_pid()
         and not (a.application_name like 'fhj %' and a.backend_xmin is null)
       union all
       select null, null, 'role ' || quote_ident(p.owner::text), 'prepared',
              extract(epoch from clock_timestamp() - p.prepared)::float8 * 1000::float8,
              'rollback prepared ' || quote_literal(p.gid)
       from pg_prepared_xacts p
       where p.database = current_database()
     ) t
     where t."ageMs" > $1
     order by t."ageMs" desc
     limit 20`,
    [olderThanMs],
  );
  const [row] = await db.query<{ hidden: number }>(
    `select count(*)::int as hidden
     from pg_stat_activity a
     where a.datname = current_database() and a.query = '<insufficient privilege>'`,
  );
  return {
    old: old.map(({ name, role, ...transaction }) => ({
      ...transaction,
      who: name === null ? role : describeSession(name),
    })),
    hidden: row?.hidden ?? 0,
  };
}
