// Finds a table that a rollback would change and that the session's role does not own.
import type { Queryable } from "../postgres/database.ts";

export interface ForeignTable {
  readonly table: string;
  readonly owner: string;
  readonly role: string;
}

/** @returns null if the role owns all of them, or has the owner's rights */
export async function findForeignTable(db: Queryable): Promise<ForeignTable | null> {
  const [found] = await db.query<ForeignTable>(
    `select n.nspname || '.' || c.relname as table, pg_get_userbyid(c.relowner) as owner,
            current_user::text as role
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p')
       and (n.nspname = 'family_hub_jobs'
            or (n.nspname, c.relname) = ('auth', 'queued_managed_account_creations'))
       and not pg_has_role(c.relowner, 'usage')
     order by 1
     limit 1`,
  );
  return found ?? null;
}
