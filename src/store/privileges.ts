// Whether the database role may do what a run must do at its end.
import { ConfigError } from "../errors.ts";
import type { Queryable } from "./database.ts";

const NEEDED = [
  ["auth.queued_managed_account_creations", "SELECT, UPDATE"],
  ["auth.families", "SELECT"],
  ["auth.users", "SELECT, INSERT"],
  ["auth.outbox_events", "INSERT"],
  ["family_hub_jobs.attempts", "SELECT, INSERT"],
  ["family_hub_jobs.runs", "SELECT, INSERT, UPDATE"],
  ["family_hub_jobs.breaker", "SELECT, UPDATE"],
] as const;

/**
 * Asked before any account is created, because what cannot be written down afterwards is an account
 * that FamilyHub does not know of.
 * @throws ConfigError naming every missing grant
 */
export async function checkPrivileges(db: Queryable): Promise<void> {
  const rows = await db.query<{ table: string; privilege: string }>(
    `select t as "table", p as privilege
     from unnest($1::text[], $2::text[]) as needed (t, ps), unnest(string_to_array(ps, ', ')) as p
     where not has_table_privilege(t, p)`,
    [NEEDED.map(([table]) => table), NEEDED.map(([, privileges]) => privileges)],
  );
  if (rows.length === 0) return;
  const grants = rows.map(({ table, privilege }) => `grant ${privilege} on ${table}`);
  throw new ConfigError(
    `The role of DATABASE_URL lacks privileges: as the owner of the tables run ${grants.join("; ")} to it.`,
  );
}
