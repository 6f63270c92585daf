// Records changes of the schema in the audit log, and counts the entries that a rollback would delete.
import type { Queryable } from "../postgres/database.ts";
import type { OperatorAction } from "../domain/operator-action.ts";

export interface SchemaChange {
  readonly verb: "migrate" | "migrate rollback";
  /** The names of the migrations before and after. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export async function noteSchemaChange(
  db: Queryable,
  { verb, before, after }: SchemaChange,
  action: OperatorAction,
): Promise<void> {
  if (!(await auditExists(db))) return;
  await db.query(
    `insert into family_hub_jobs.operator_actions (actor, verb, reason, before, after)
     values ($1, $2, $3, $4, $5)`,
    [
      action.actor,
      verb,
      action.reason,
      JSON.stringify({ applied: before }),
      JSON.stringify({ applied: after }),
    ],
  );
}

/**
 * Entries of the audit log that would be deleted with its table if the last batch of migrations, or all, were
 * undone. Entries about the schema itself do not count, because they are about nobody's data.
 */
export async function countLinesLost(db: Queryable, all: boolean): Promise<number> {
  if (!(await auditExists(db))) return 0;
  const [row] = await db.query<{ lost: number }>(
    `select count(*)::int as lost
     from family_hub_jobs.operator_actions o
     where o.verb::text not in ('migrate', 'migrate rollback')
       and exists (
         select from family_hub_jobs.migrations m
         where m.name::text = '0003_history'
           and ($1 or m.batch = (select max(batch) from family_hub_jobs.migrations))
       )`,
    [all],
  );
  return row?.lost ?? 0;
}

/**
 * Reads the catalog's rows: `to_regclass` answers from a cache, which in an open transaction still has a
 * table that another connection dropped. PgBouncer's reused connections have such caches.
 */
async function auditExists(db: Queryable): Promise<boolean> {
  const tables = await db.query(
    `select 1
     from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'family_hub_jobs' and c.relname = 'operator_actions' and c.relkind = 'r'`,
  );
  return tables.length > 0;
}
