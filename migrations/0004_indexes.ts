// Indexes for what runs, purges and lists read, on the queue and on the tool's own tables.
//
// Built concurrently, because the API must be able to insert in the meantime. Old and new versions can run
// side by side; an old one is only slower.
import type { Knex } from "knex";

/** `create index concurrently` may not run in a transaction. */
export const config = { transaction: false };

const QUEUE = "auth.queued_managed_account_creations";
const PREFIX = "auth.ix_queued_managed_account_creations";

/**
 * The API trims and lowercases on read, so a stored status may have upper case and blanks. Cast to text, so
 * that no function in a schema on the search path matches better than pg_catalog's.
 */
const STATUS = `lower(btrim(status::text, E' \\t\\n\\r'))`;

/**
 * By name, with the table and columns of each. An index is used only if a statement repeats its expressions.
 */
export const INDEXES = [
  // Runs: only the jobs that they need. These indexes stay small however many jobs completed.

  // A job that was never scheduled sorts before all others.
  [
    `${PREFIX}_due`,
    `${QUEUE} (coalesce(next_retry_at, '-infinity'), id)
    where (${STATUS} = 'pending' or (${STATUS} = 'failed' and next_retry_at is not null))`,
  ],
  [`${PREFIX}_processing`, `${QUEUE} (id) where ${STATUS} = 'processing'`],
  // Rows that runs skip, so that each run can report them at no cost.
  [
    `${PREFIX}_impossible`,
    `${QUEUE} (id)
    where (${STATUS} not in ('pending', 'processing', 'completed', 'failed')
      or (${STATUS} <> 'completed' and retry_count not between 0 and 5))`,
  ],

  // Retention: finished jobs and attempts in the order of their age.

  // There are two for completed jobs, because the API or an older worker completes rows without our
  // `completed_at`. No index can hold `coalesce(completed_at, updated_at)`: in one form of the table only one
  // of the two columns has a time zone, so their order would depend on the session.
  [
    `${PREFIX}_completed`,
    `${QUEUE} (completed_at)
    where ${STATUS} = 'completed' and completed_at is not null`,
  ],
  [
    `${PREFIX}_completed_elsewhere`,
    `${QUEUE} (updated_at)
    where ${STATUS} = 'completed' and completed_at is null`,
  ],
  // A job leaves the index as soon as its password is erased.
  [
    `${PREFIX}_failed_password`,
    `${QUEUE} (updated_at)
    where ${STATUS} = 'failed' and next_retry_at is null and encrypted_password::text <> ''`,
  ],
  ["family_hub_jobs.attempts_finished_at", "family_hub_jobs.attempts (finished_at)"],

  // Causes: failed jobs by cause, and when a cause was first and last seen. Without completed jobs and
  // successful attempts, which are nearly all.
  [
    `${PREFIX}_failed`,
    `${QUEUE} (last_error_code, id)
    where ${STATUS} = 'failed' and next_retry_at is null`,
  ],
  // Without nulls, which an equality never finds.
  [
    "family_hub_jobs.attempts_causes",
    `family_hub_jobs.attempts
    (error_code, coalesce(grpc_code, -1), coalesce(zitadel_error_id, ''), finished_at)
    where error_code is not null`,
  ],

  // History: of one job, of one command, and of the last runs.
  ["family_hub_jobs.attempts_job_id", "family_hub_jobs.attempts (job_id, attempt_id)"],
  [
    "family_hub_jobs.operator_actions_job_id",
    "family_hub_jobs.operator_actions (job_id, action_id)",
  ],
  [
    "family_hub_jobs.operator_actions_batch_id",
    `family_hub_jobs.operator_actions (batch_id, action_id)
    where batch_id is not null`,
  ],
  ["family_hub_jobs.runs_started_at", "family_hub_jobs.runs (started_at desc)"],

  // Lists. Each ends with created_at and ID, the order of lists, so that a page is read from the index and
  // costs the same however many jobs there are. FamilyHub has its own index by family. Each index costs an
  // insert when a row changes.
  [`${PREFIX}_created`, `${QUEUE} (created_at, id)`],
  // Nearly all jobs are completed; a list of the others must not read them.
  [`${PREFIX}_open`, `${QUEUE} (created_at, id) where ${STATUS} <> 'completed'`],
  [`${PREFIX}_open_status`, `${QUEUE} (${STATUS}, created_at, id) where ${STATUS} <> 'completed'`],
  [`${PREFIX}_username`, `${QUEUE} (lower(btrim(username::text)), created_at, id)`],
  [`${PREFIX}_created_by`, `${QUEUE} (created_by_user_id, created_at, id)`],
  [
    `${PREFIX}_error`,
    `${QUEUE} (last_error_code, created_at, id)
    where last_error_code is not null`,
  ],
] as const;

/** Can be interrupted and run again: indexes that are complete are kept. */
export async function up(knex: Knex): Promise<void> {
  for (const [name, definition] of INDEXES) {
    // An interrupted concurrent build leaves an invalid index behind, which nothing uses.
    if (await isInvalid(knex, name)) await knex.raw(`drop index concurrently ${name}`);
    const [, bare] = name.split(".");
    await knex.raw(`create index concurrently if not exists ${bare} on ${definition}`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const [name] of INDEXES) {
    await knex.raw(`drop index concurrently if exists ${name}`);
  }
}

async function isInvalid(knex: Knex, name: string): Promise<boolean> {
  const { rows } = await knex.raw<{ rows: unknown[] }>(
    `select 1 from pg_index where indexrelid = to_regclass('${name}')::oid and not indisvalid`,
  );
  return rows.length > 0;
}
