// Partial indexes over what retention asks for: finished jobs in the order of their age.
//
// Completed jobs have two, because the API or an older worker completes rows without our
// `completed_at`, and no index can hold `coalesce(completed_at, updated_at)`: in the hand-made table
// one has a time zone and the other has not, so that their order would depend on the session.
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
const QUEUE = "auth.queued_managed_account_creations";

const INDEXES = [
  {
    name: "auth.ix_queued_managed_account_creations_completed",
    on: `${QUEUE} (completed_at) where ${STATUS} = 'completed' and completed_at is not null`,
  },
  {
    name: "auth.ix_queued_managed_account_creations_completed_elsewhere",
    on: `${QUEUE} (updated_at) where ${STATUS} = 'completed' and completed_at is null`,
  },
  {
    // Leaves a row as soon as its password is erased.
    name: "auth.ix_queued_managed_account_creations_failed_password",
    on: `${QUEUE} (updated_at)
      where ${STATUS} = 'failed' and next_retry_at is null and encrypted_password::text <> ''`,
  },
  {
    name: "family_hub_jobs.attempts_finished_at",
    on: "family_hub_jobs.attempts (finished_at)",
  },
] as const;

export async function up(knex: Knex): Promise<void> {
  for (const { name, on } of INDEXES) {
    // An interrupted concurrent build leaves an invalid index behind, which nothing would use.
    await knex.raw(`drop index concurrently if exists ${name}`);
    await knex.raw(`create index concurrently ${name.split(".")[1]} on ${on}`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const { name } of INDEXES) await knex.raw(`drop index concurrently if exists ${name}`);
}
