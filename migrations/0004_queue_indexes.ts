// Partial indexes over just the jobs that a run asks for: they stay small however many jobs completed.
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
  // A job that was never scheduled sorts before all others.
  ix_queued_managed_account_creations_due: `(coalesce(next_retry_at, '-infinity'), id)
    where (${STATUS} = 'pending' or (${STATUS} = 'failed' and next_retry_at is not null))`,
  ix_queued_managed_account_creations_processing: `(id) where ${STATUS} = 'processing'`,
  // Rows that no run may touch, so that each run can report them at no cost.
  ix_queued_managed_account_creations_impossible: `(id)
    where (${STATUS} not in ('pending', 'processing', 'completed', 'failed')
      or (${STATUS} <> 'completed' and retry_count not between 0 and 5))`,
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
