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

/** FamilyHub's schema and the tool's own: a line each for tables, columns in their order, constraints, indexes, comments. */
export async function pictureOfSchemas(db: TestDatabase): Promise<string[]> {
  const lines = await db.query<{ line: string }>(`
    with relation as (
      select c.oid, c.relkind, format('%s.%s', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('auth', 'family_hub_jobs')
    )
    select concat_ws(' ', relkind, name, obj_description(oid, 'pg_class')) as line from relation
    union all
    select concat_ws(' ', name, row_number() over (partition by relation.oid order by attnum), attname,
                     format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
                     pg_get_expr(adbin, adrelid), col_description(relation.oid, attnum))
    from relation
    join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = relation.oid and adnum = attnum
    where relkind in ('r', 'v')
    union all
    select concat_ws(' ', name, conname, pg_get_constraintdef(pg_constraint.oid))
    from relation join pg_constraint on conrelid = relation.oid
    union all
    select concat_ws(' ', pg_get_indexdef(indexrelid), indisvalid)
    from relation join pg_index on indexrelid = oid
    order by line`);
  return lines.map(({ line }) => line);
}
