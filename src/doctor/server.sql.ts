// Facts about the Postgres server: version, clock, connections.
import type { Queryable } from "../postgres/database.ts";

export interface ServerFacts {
  readonly version: string;
  /** It replays another server's changes, as a standby does. */
  readonly inRecovery: boolean;
  readonly readOnly: boolean;
  readonly role: string;
  readonly database: string;
  readonly pid: number;
}

export async function readServerFacts(db: Queryable): Promise<ServerFacts> {
  const [row] = await db.query<ServerFacts>(
    `select split_part(current_setting('server_version'), ' ', 1) as version,
            pg_is_in_recovery() as "inRecovery",
            current_setting('transaction_read_only')::boolean as "readOnly",
            current_user::text as role,
            current_database()::text as database,
            pg_backend_pid() as pid`,
  );
  return row as ServerFacts;
}

export async function readClock(db: Queryable): Promise<Date> {
  const [row] = await db.query<{ now: Date }>("select clock_timestamp() as now");
  return (row as { now: Date }).now;
}

export interface ConnectionsLeft {
  /** In addition to the open ones, without doctor's own, which end before a run begins. */
  readonly left: number;
  /** The lowest limit: the server's, the database's or the role's. */
  readonly limit: string;
  readonly most: number;
}

/**
 * -1 means no limit. Counts sessions of other roles, whose application name is null. Doctor has one or two
 * sessions, depending on the timing of its checks.
 */
export async function countConnectionsLeft(db: Queryable): Promise<ConnectionsLeft> {
  const [row] = await db.query<ConnectionsLeft>(
    `with client as (
       select a.usename, a.datname
       from pg_stat_activity a
       where a.backend_type = 'client backend'
         and a.application_name is distinct from current_setting('application_name')
     ),
     tight ("limit", most, used) as (
       select 'max_connections',
              current_setting('max_connections')::int
                - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true)::int, 0),
              (select count(*) from client)
       union all
       select 'the connection limit of role ' || r.rolname::text, r.rolconnlimit,
              (select count(*) from client c where c.usename = r.rolname)
       from pg_roles r
       where r.rolname = current_user and r.rolconnlimit >= 0
       union all
       select 'the connection limit of database ' || d.datname::text, d.datconnlimit,
              (select count(*) from client c where c.datname = d.datname)
       from pg_database d
       where d.datname = current_database() and d.datconnlimit >= 0
     )
     select t."limit", t.most, (t.most - t.used)::int as left
     from tight t
     order by t.most - t.used
     limit 1`,
  );
  return row as ConnectionsLeft;
}
