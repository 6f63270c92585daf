// Converts a database of an unreleased version: adds what its tables lack, and renames the recorded
// migrations.
import type { Knex } from "knex";
import { PAUSE } from "../../migrations/0003_history.ts";
import { KEEPALIVES } from "../postgres/keepalives.ts";
import { OUTDATED } from "../queue-table/schema.sql.ts";

/**
 * In one transaction, and all rows are kept. Afterwards `0003_history` counts as applied and `0004_indexes`
 * as pending: it builds the missing indexes and keeps all others.
 */
export async function replaceOutdated(db: Knex): Promise<void> {
  await db.transaction(async (transaction) => {
    await transaction.raw(KEEPALIVES);
    await transaction.raw(
      "alter table family_hub_jobs.operator_actions add column if not exists batch_id uuid",
    );
    await transaction.raw(
      `alter table family_hub_jobs.breaker
         add column if not exists answered_at timestamptz,
         add column if not exists answered_url varchar(2000),
         add column if not exists answered_key varchar(200)`,
    );
    await transaction.raw(PAUSE);
    await transaction.raw(
      `alter table family_hub_jobs.runs
         drop constraint runs_outcome_check,
         add constraint runs_outcome_check
           check (outcome::text in ('completed', 'stopped', 'paused', 'unavailable', 'refused', 'interrupted'))`,
    );
    await transaction.raw(
      `update family_hub_jobs.migrations set name = '0003_history' where name = '0003_history_tables'`,
    );
    await transaction.raw("delete from family_hub_jobs.migrations where name = any(?)", [
      [...OUTDATED],
    ]);
  });
}
