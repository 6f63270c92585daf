// The privileges that each command needs, and the commands that the role cannot run.
import type { Queryable } from "../postgres/database.ts";
import { NEEDED_BY, type Privilege } from "../queue-table/needed-privileges.sql.ts";
import { findRowSecurity, type RowSecurity } from "../queue-table/row-security.sql.ts";

const QUEUE = "auth.queued_managed_account_creations";
const HISTORY: readonly Privilege[] = ["attempts", "runs", "breaker", "operator_actions"].map(
  (table) => [`family_hub_jobs.${table}`, "SELECT"],
);

/** deploy/postgres/role.sql grants all this; the commands that a scheduler runs come first. */
const NEEDED: Readonly<Record<string, readonly Privilege[]>> = {
  "retry-accounts": NEEDED_BY["retry-accounts"],
  "purge-invitations": NEEDED_BY["purge-invitations"],
  "purge-jobs": NEEDED_BY["purge-jobs"],
  "queue list, show, stats, errors": [
    [
      QUEUE,
      "SELECT",
      [
        ...["id", "family_id", "username", "full_name", "role", "created_by_user_id", "status"],
        ...["retry_count", "next_retry_at", "last_error_code", "last_error_message"],
        ...["zitadel_user_id", "claimed_by_run_id", "lease_expires_at", "completed_at"],
        ...["created_at", "updated_at"],
      ],
    ],
    ["auth.outbox_events", "SELECT", ["event_id", "event_type", "payload", "status", "created_at"]],
    ...HISTORY,
  ],
  runs: [["family_hub_jobs.runs", "SELECT"]],
  "queue requeue, undo": NEEDED_BY["queue requeue"],
  "queue cancel": NEEDED_BY["queue cancel"],
  "queue add": NEEDED_BY["queue add"],
  "queue erase": NEEDED_BY["queue erase"],
  "keys list": [[QUEUE, "SELECT", ["id", "status", "encrypted_password"]]],
  "keys rotate": NEEDED_BY["keys rotate"],
};

/** Every command reads the applied migrations when it takes the lock. */
const NEEDED_BY_ALL: readonly Privilege[] = [["family_hub_jobs.migrations", "SELECT"]];

export interface LackingCommand {
  readonly command: string;
  /** As in a grant: `INSERT on auth.users`. */
  readonly lacks: readonly string[];
}

const SCHEMAS = ["auth", "family_hub_jobs"];

/** The schemas, FamilyHub's and the tool's own, on which the role lacks USAGE. */
export async function findForbiddenSchemas(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    `select s.name
     from pg_catalog.unnest($1::text[]) as s (name)
     where not has_schema_privilege(s.name, 'USAGE')`,
    [SCHEMAS],
  );
  return rows.map(({ name }) => name);
}

/** The tables and columns must exist. */
export async function findLackingCommands(
  db: Queryable,
): Promise<{ commands: number; lacking: LackingCommand[] }> {
  const needs = Object.entries(NEEDED).flatMap(([command, own], place) =>
    [...NEEDED_BY_ALL, ...own].map(([table, privilege, columns]) => ({
      ...{ place, command, at_table: table, privilege, columns },
    })),
  );
  const lacking = await db.query<LackingCommand>(LACKING, [JSON.stringify(needs)]);
  return { commands: Object.keys(NEEDED).length, lacking };
}

/** Tables whose row level security may hide rows from the role, or refuse what a command writes. */
export function findHiddenTables(db: Queryable): Promise<RowSecurity[]> {
  return findRowSecurity(db, [...NEEDED_BY_ALL, ...Object.values(NEEDED).flat()]);
}

const LACKING = `
  with need as (
    select *
    from jsonb_to_recordset($1::jsonb)
      as n (place int, command text, at_table text, privilege text, columns text[])
  ),
  missing as (
    select n.place, n.command, n.at_table, n.privilege,
           string_agg(c.name, ', ' order by c.name) as columns
    from need n
    left join pg_catalog.unnest(n.columns) as c (name) on true
    where not (
      has_schema_privilege(split_part(n.at_table, '.', 1), 'USAGE')
      and case when c.name is null then has_table_privilege(n.at_table, n.privilege)
               else has_column_privilege(n.at_table, c.name, n.privilege) end
    )
    group by n.place, n.command, n.at_table, n.privilege
  )
  select m.command,
         pg_catalog.array_agg(m.privilege || coalesce(' (' || m.columns || ')', '') || ' on ' || m.at_table
                   order by m.at_table, m.privilege) as lacks
  from missing m
  group by m.place, m.command
  order by m.place`;
