// Indexes for whoever looks for a job: a page costs the same however many jobs there are.
//
// Each ends with created_at and id, the order in which jobs are listed, so that a page is read off
// the index. By family there is FamilyHub's own. They cost an insert each whenever a row changes.
//
// Built concurrently, because the API must be able to insert meanwhile. Old and new binaries can
// run side by side; an old one is only slower.
import type { Knex } from "knex";

/** `create index concurrently` may not run in a transaction. */
export const config = { transaction: false };

/**
 * The API trims and lowercases on read, so a status may be written in any case, with blanks. As text,
 * which no function of a schema on the search path matches better than pg_catalog's.
 */
const STATUS = `lower(btrim(status::text, E' \\t\\n\\r'))`;

const INDEXES = {
  ix_queued_managed_account_creations_created: "(created_at, id)",
  // Nearly all jobs are completed; whoever asks for others must not wade through those.
  ix_queued_managed_account_creations_open: `(created_at, id) where ${STATUS} <> 'completed'`,
  ix_queued_managed_account_creations_open_status: `(${STATUS}, created_at, id)
    where ${STATUS} <> 'completed'`,
  ix_queued_managed_account_creations_username: "(lower(btrim(username::text)), created_at, id)",
  ix_queued_managed_account_creations_created_by: "(created_by_user_id, created_at, id)",
  ix_queued_managed_account_creations_error: `(last_error_code, created_at, id)
    where last_error_code is not null`,
} as const;

export async function up(knex: Knex): Promise<void> {
  for (const [name, definition] of Object.entries(INDEXES)) {
    // An interrupted concurrent build leaves an invalid index behind, which nothing would use.
    await knex.raw(`drop index concurrently if exists auth.${name}`);
    await knex.raw(
      `create index concurrently ${name} on auth.queued_managed_account_creations ${definition}`,
    );
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of Object.keys(INDEXES)) {
    await knex.raw(`drop index concurrently if exists auth.${name}`);
  }
}
