// All that a run could have written, as one text to search for what must not be in it.
import type { TestDatabase } from "./database.ts";

/**
 * Every row of every table of FamilyHub's schema and the tool's, a line each; without the password
 * column of jobs that this tool has not completed, which is the one place where a password may lie.
 */
export async function wholeDatabase(db: TestDatabase): Promise<string> {
  const tables = await db.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('auth', 'family_hub_jobs') order by 1`,
  );
  const { text } = await db.one<{ text: string }>(
    `select concat('', ${tables.map(({ name }) => dump(name)).join()}) as text`,
  );
  return text;
}

/** In one statement for all tables: it is asked after each test. */
function dump(table: string): string {
  const row =
    table === "auth.queued_managed_account_creations"
      ? `(to_jsonb(t) - case when t.status = 'completed' and t.completed_at is not null
                             then '' else 'encrypted_password' end)`
      : "t";
  return `(select string_agg('${table} ' || ${row}::text || e'\\n', '') from ${table} t)`;
}
