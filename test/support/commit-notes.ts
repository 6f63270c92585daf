// Which commits wait for the disk, on a server that writes no other commit there.
import type { TestDatabase } from "./database.ts";

/** Settings of a server on which nobody writes commits to the disk but those who wait: a crash loses all others. */
export const LAZY_SERVER = ["wal_writer_delay=10s", "wal_writer_flush_after=1GB"];

/** Notes how each transaction commits that writes to one of these tables. */
export const NOTE_COMMITS = `
  create table public.noted (tab text, setting text);
  create function note() returns trigger language plpgsql as $$
  begin
    insert into public.noted values (tg_table_name, current_setting('synchronous_commit'));
    return null;
  end $$;
  create trigger noted after update or delete on auth.queued_managed_account_creations
    for each statement execute function note();
  create trigger noted after insert or update on family_hub_jobs.runs
    for each statement execute function note()`;

/** The settings with which each table was written. */
export async function commitsNoted(db: TestDatabase): Promise<Record<string, string[]>> {
  const rows = await db.query<{ tab: string; settings: string[] }>(
    "select tab, array_agg(distinct setting) as settings from noted group by tab",
  );
  return Object.fromEntries(rows.map(({ tab, settings }) => [tab, settings]));
}
