// Which migrations are applied, as far as the role may read that.
import type { Queryable } from "../postgres/database.ts";

/** @returns null if no migrations are applied */
export async function listAppliedMigrations(db: Queryable): Promise<string[] | null> {
  const tables = await db.query(
    `select 1
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'family_hub_jobs' and c.relname = 'migrations'`,
  );
  if (tables.length === 0) return null;
  const rows = await db.query<{ name: string }>(
    "select m.name from family_hub_jobs.migrations m order by m.name::text",
  );
  return rows.map(({ name }) => name);
}
