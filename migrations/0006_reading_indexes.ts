// Indexes for whoever looks: failed jobs by cause, and when a cause was first and last seen.
//
// Both are partial: completed jobs and attempts that went well, which are nearly all, cost nothing.
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

const INDEXES = [
  {
    name: "auth.ix_queued_managed_account_creations_failed",
    on: `auth.queued_managed_account_creations (last_error_code, id)
      where ${STATUS} = 'failed' and next_retry_at is null`,
  },
  {
    // Without nulls, which an equality never finds.
    name: "family_hub_jobs.attempts_causes",
    on: `family_hub_jobs.attempts
      (error_code, coalesce(grpc_code, -1), coalesce(zitadel_error_id, ''), finished_at)
      where error_code is not null`,
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
