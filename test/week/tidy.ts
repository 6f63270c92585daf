// Whether the tables are no larger than they should be: nothing that a purge should have taken, no dead rows piled up.
import { expect } from "chai";
import { until } from "../support/wait-until.ts";
import { BEGINS_MS, lastPurge, type Calendar } from "./calendar.ts";
import type { Stage } from "./stage.ts";

/** Of all that is smaller, no vacuum thinks anything: a fifth of the rows, and 50 more. */
const DEAD = "n_dead_tup <= 100 + 0.25 * n_live_tup";

/** A row with what its indexes have of it; a table of one row is rewritten in place each minute. */
const BYTES = "pg_total_relation_size(relid) <= 300000 + 2500 * n_live_tup";

export async function expectTidy({ db }: Stage, calendar: Calendar): Promise<void> {
  const oldestMs = BEGINS_MS + (lastPurge(calendar, "purge-jobs") - calendar.retention) * 60_000;
  const left = await db.one<object>(
    `select (select count(*)::int from auth.queued_managed_account_creations
             where status = 'completed' and completed_at < $1) as jobs,
            (select count(*)::int from family_hub_jobs.runs where started_at < $1) as runs,
            (select count(*)::int from family_hub_jobs.attempts a
             where finished_at < $1
               and not exists (select from auth.queued_managed_account_creations q where q.id = a.job_id)) as attempts,
            (select count(*)::int from auth.family_member_invitations) as invitations`,
    [new Date(oldestMs)],
  );
  expect(left).to.deep.equal({ jobs: 0, runs: 0, attempts: 0, invitations: 0 });
  // Vacuum comes by itself, a second later at most.
  await until(
    db,
    `not exists (select from pg_stat_user_tables
                 where schemaname in ('auth', 'family_hub_jobs') and not (${DEAD} and ${BYTES}))`,
  );
}
