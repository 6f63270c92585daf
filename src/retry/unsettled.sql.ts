// Finds out why claimed jobs could not be settled: already settled, locked, deleted, or held by another run.
import type { Queryable } from "../postgres/database.ts";
import { QUEUE, STATUS } from "../queue-table/queue.sql.ts";
import { SETTLEMENT_COLUMNS, toRow, type Settlement } from "./settlement-row.ts";

/**
 * - `settled`: by this run; the answer was lost with the connection.
 * - `held`: still by this run, so another session had the row locked.
 * - `gone`: deleted.
 * - `lost`: another run took it over after the lease, an operator's command did, or the claim was undone,
 * because a failover may lose the last commits. The next run asks Zitadel for the account.
 */
export type UnsettledState = "settled" | "held" | "gone" | "lost";

export async function findUnsettled(
  db: Queryable,
  runId: string,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, UnsettledState>> {
  const rows = await db.query<{ id: string; state: UnsettledState }>(
    `select i.id,
            case
              when exists (
                select from family_hub_jobs.attempts a
                where a.job_id = i.id and a.run_id = $1
                  -- Not an attempt that another run recorded for the run that had lost the job.
                  and not (a.outcome::text = 'retried' and a.error_code::text = 'interrupted')
              ) then 'settled'
              when q.id is null then 'gone'
              when q.claimed_by_run_id = $1 and ${STATUS} <> 'completed' then 'held'
              else 'lost'
            end as state
     from unnest($2::uuid[]) as i (id)
     left join ${QUEUE} q on q.id = i.id`,
    [runId, jobIds],
  );
  return new Map(rows.map(({ id, state }) => [id, state]));
}

/**
 * The only record in FamilyHub of an account whose job was deleted while Zitadel was asked. Repeating it adds
 * nothing.
 */
export async function recordGone(
  db: Queryable,
  runId: string,
  settlements: readonly Settlement[],
): Promise<void> {
  await db.query(
    `insert into family_hub_jobs.attempts
       (job_id, run_id, outcome, retry_count, error_code, grpc_code, zitadel_error_id, message, duration_ms,
        traceparent)
     select r.id, $2, r.outcome, r."retryCount", r."errorCode", r."grpcCode", r."zitadelErrorId",
            left(concat_ws('; ', r.message, 'the job was deleted in FamilyHub meanwhile'
              || case when r."zitadelUserId" is not null then
                   ': the account ' || r."zitadelUserId" || ' has no user row' else '' end), 2000),
            r."durationMs", r.traceparent
     from jsonb_to_recordset($1::jsonb) as r (${SETTLEMENT_COLUMNS})
     where not exists (
       select from family_hub_jobs.attempts a where a.job_id = r.id and a.run_id = $2)`,
    [JSON.stringify(settlements.map(toRow)), runId],
  );
}
