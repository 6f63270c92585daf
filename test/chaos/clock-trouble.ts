// Moves the database's clock, by moving every time that it has written the other way.
import type { RoundDatabase } from "./stage.ts";

/**
 * For who compares times with now(), all stored times two hours back is a clock two hours ahead. What is
 * still to come, such as a lease or a retry, moves like what has been. `created_at` of FamilyHub's own
 * tables comes from the API, whose clock is right, and is compared with Zitadel's, which is right as well.
 */
const MOVE = `
  do $move$
  declare stored record;
  begin
    for stored in
      select format('update %s set %s', c.table,
                    string_agg(format('%1$I = %1$I - interval ''HOURS hours''', c.name), ', ')) as sql
      from (
        select a.attrelid::regclass::text as "table", a.attname as name
        from pg_attribute a
        join pg_class t on t.oid = a.attrelid and t.relkind = 'r'
        join pg_namespace n on n.oid = t.relnamespace
        where n.nspname in ('auth', 'family_hub_jobs') and not a.attisdropped
          and a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype)
          and not (n.nspname = 'auth' and a.attname = 'created_at')
      ) c
      group by c.table
    loop
      execute stored.sql;
    end loop;
  end $move$`;

/** @param hours ahead, or back where negative */
export async function moveClock(db: RoundDatabase, hours: number): Promise<void> {
  await db.query(MOVE.replace("HOURS", String(hours)));
}
