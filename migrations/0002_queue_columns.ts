// What the tool stores on a job itself, in addition to the API's columns: cause, result and lease.
//
// Nullable columns without a default: added instantly on a table of any size, and ignored by the API's
// inserts and updates. Old and new versions can run side by side.
import type { Knex } from "knex";

/** Marks a column as ours, so that rolling back never drops one that the API has added. */
const OURS = "Added by family-hub-jobs";

const COLUMNS = {
  last_error_code: "varchar(50)",
  zitadel_user_id: "varchar(255)",
  completed_at: "timestamptz",
  claimed_by_run_id: "uuid",
  lease_expires_at: "timestamptz",
} as const;

export async function up(knex: Knex): Promise<void> {
  // While this waits behind a long transaction, every insert of the API would wait behind it.
  await knex.raw("set local lock_timeout = '5s'");
  const taken = await columnComments(knex);
  for (const [column, type] of Object.entries(COLUMNS)) {
    if (taken.has(column)) continue;
    await knex.raw(
      `alter table auth.queued_managed_account_creations add column ${column} ${type}`,
    );
    await knex.raw(
      `comment on column auth.queued_managed_account_creations.${column} is '${OURS}'`,
    );
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("set local lock_timeout = '5s'");
  const comments = await columnComments(knex);
  for (const column of Object.keys(COLUMNS)) {
    if (comments.get(column) !== OURS) continue;
    await knex.raw(`alter table auth.queued_managed_account_creations drop column ${column}`);
  }
}

async function columnComments(knex: Knex): Promise<Map<string, string | null>> {
  const result = await knex.raw<{ rows: { name: string; comment: string | null }[] }>(`
    select attname as name, col_description(attrelid, attnum) as comment
    from pg_attribute
    where attrelid = 'auth.queued_managed_account_creations'::regclass::oid
      and attnum > 0 and not attisdropped`);
  return new Map(result.rows.map((row) => [row.name, row.comment]));
}
