// A picture of what FamilyHub owns in a database, for telling whether anything of it was changed.
import type { TestDatabase } from "./database.ts";

export interface SchemaPicture {
  readonly columns: readonly string[];
  readonly indexes: readonly string[];
  readonly constraints: readonly string[];
}

export async function pictureOfAuth(db: TestDatabase): Promise<SchemaPicture> {
  return db.one<SchemaPicture>(`
    select
      array(
        select concat_ws(' ', table_name, column_name, data_type, character_maximum_length,
                         is_nullable, column_default)
        from information_schema.columns where table_schema = 'auth' order by 1) as columns,
      array(select indexdef from pg_indexes where schemaname = 'auth' order by 1) as indexes,
      array(
        select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        from pg_constraint where connamespace = to_regnamespace('auth') order by 1) as constraints`);
}

/** Every row of FamilyHub's tables, by its key; of the queue only the API's own columns. */
export async function rowsOfAuth(db: TestDatabase): Promise<object> {
  return db.one<object>(`
    select
      (select jsonb_agg(f order by id) from auth.families f) as families,
      (select jsonb_agg(u order by id) from auth.users u) as users,
      (select jsonb_agg(i order by invitation_id) from auth.family_member_invitations i) as invitations,
      (select jsonb_agg(e order by event_id) from auth.outbox_events e) as events,
      (select jsonb_agg(q order by id) from (
         select id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
                retry_count, status, next_retry_at, last_error_message, created_at, updated_at
         from auth.queued_managed_account_creations) q) as jobs`);
}
