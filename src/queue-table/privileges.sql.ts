// Whether the database role has the privileges that a run needs at its end.
import { ConfigError } from "../errors.ts";
import type { Queryable } from "../postgres/database.ts";
import { NEEDED_BY } from "./needed-privileges.sql.ts";

interface MissingGrant {
  /** Quoted for use in a statement. */
  readonly role: string;
  readonly table: string;
  readonly privilege: string;
  readonly columns: readonly string[];
}

/** A statement to paste into psql. */
function grantOf({ role, table, privilege, columns }: MissingGrant): string {
  const only = columns.length === 0 ? "" : ` (${columns.join(", ")})`;
  return `grant ${privilege.toLowerCase()}${only} on ${table} to ${role};`;
}

/**
 * Checked before any account is created: if the result cannot be stored afterwards, FamilyHub does not know
 * the account.
 * @throws ConfigError naming every missing grant
 */
export async function checkPrivileges(db: Queryable): Promise<void> {
  const missing = await db.query<MissingGrant>(
    `select pg_catalog.quote_ident(current_user) as role, n.at_table as "table", n.privilege, pg_catalog.array_remove(pg_catalog.array_agg(c.name), null) as columns
     from jsonb_to_recordset($1::jsonb) as n (at_table text, privilege text, columns text[])
     left join pg_catalog.unnest(n.columns) as c (name) on true
     where not case when c.name is null then has_table_privilege(n.at_table, n.privilege)
                    else has_column_privilege(n.at_table, c.name, n.privilege) end
     group by n.at_table, n.privilege`,
    [
      JSON.stringify(
        NEEDED_BY["retry-accounts"].map(([table, privilege, columns]) => ({
          at_table: table,
          privilege,
          columns,
        })),
      ),
    ],
  );
  if (missing.length === 0) return;
  const grants = missing.map(grantOf);
  throw new ConfigError(
    `The role of DATABASE_URL lacks privileges: run deploy/postgres/role.sql as the owner of the tables, or\n` +
      grants.join("\n"),
  );
}
