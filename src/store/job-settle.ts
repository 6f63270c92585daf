// Writes what became of claimed jobs: job, user row, event and attempt in one statement.
import type { Outcome } from "../domain/outcome.ts";
import type { Queryable } from "./database.ts";
import { createdEvents, failedEvents, INSERT_EVENTS } from "./event-sql.ts";
import { QUEUE } from "./queue-sql.ts";

export interface Settlement {
  readonly jobId: string;
  readonly retryCount: number;
  readonly outcome: Outcome;
  /** How long the attempt took; null when Zitadel was never asked, so that no attempt is recorded. */
  readonly durationMs: number | null;
}

export interface SettleResult {
  readonly settled: ReadonlySet<string>;
  /**
   * Still held, untouched: the account exists in Zitadel, but another FamilyHub user bears the
   * username or its address.
   */
  readonly conflicting: ReadonlySet<string>;
}

/**
 * Only jobs that the run still holds are written; one that another run took over since is in
 * neither set of the result. Called again after a lost connection, the second call changes nothing.
 * @throws RowRefused when FamilyHub's tables refuse one of the rows: none is written then
 */
export async function settleJobs(
  db: Queryable,
  runId: string,
  emailDomain: string,
  settlements: readonly Settlement[],
): Promise<SettleResult> {
  const rows = await db.query<{ id: string; settled: boolean }>(SETTLE, [
    JSON.stringify(settlements.map(toRow)),
    runId,
    emailDomain,
  ]);
  return {
    settled: new Set(rows.filter((row) => row.settled).map((row) => row.id)),
    conflicting: new Set(rows.filter((row) => !row.settled).map((row) => row.id)),
  };
}

/** The jobs among these that this run has already settled: tells a lost reply from a lost lease. */
export async function alreadySettled(
  db: Queryable,
  runId: string,
  jobIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ id: string }>(
    `select distinct a.job_id as id
     from family_hub_jobs.attempts a
     where a.job_id = any ($2) and a.run_id = $1
       -- Written by a run that took the job over, in the name of the one that had lost it.
       and not (a.outcome::text = 'retried' and a.error_code::text = 'interrupted')`,
    [runId, jobIds],
  );
  return new Set(rows.map((row) => row.id));
}

/** Columns of last_error_message and of an attempt's message. */
const MESSAGE_LENGTH = 2000;

const OUTCOME_NAMES = {
  retry: "retried",
  failed: "failed",
  deferred: "deferred",
} as const;

function toRow(settlement: Settlement) {
  const { outcome } = settlement;
  const common = { jobId: settlement.jobId, durationMs: settlement.durationMs };
  if (outcome.kind === "completed") {
    return {
      ...common,
      outcome: outcome.adopted ? "adopted" : "created",
      retryCount: settlement.retryCount,
      zitadelUserId: outcome.zitadelUserId,
      message: outcome.note?.slice(0, MESSAGE_LENGTH),
    };
  }
  return {
    ...common,
    outcome: OUTCOME_NAMES[outcome.kind],
    retryCount: outcome.kind === "deferred" ? settlement.retryCount : outcome.retryCount,
    waitMs: waitMs(outcome),
    errorCode: outcome.failure.code,
    grpcCode: outcome.failure.grpcCode,
    zitadelErrorId: outcome.failure.zitadelErrorId,
    message: outcome.failure.message.slice(0, MESSAGE_LENGTH),
  };
}

function waitMs(outcome: Exclude<Outcome, { kind: "completed" }>): number | null {
  if (outcome.kind === "retry") return outcome.delayMs;
  return outcome.kind === "deferred" ? outcome.retryAfterMs : null;
}

const SETTLE = `
  with result as (
    select * from jsonb_to_recordset($1::jsonb) as r (
      "jobId" uuid, outcome text, "retryCount" int, "waitMs" float8, "zitadelUserId" text,
      "errorCode" text, "grpcCode" int, "zitadelErrorId" text, message text, "durationMs" float8
    )
  ),
  -- The guard: everything below hangs on the run still holding the row, which stays locked.
  held as materialized (
    select q.id, q.family_id, lower(btrim(q.username::text)) as username, btrim(q.full_name::text) as full_name,
           q.role, q.created_by_user_id, q.encrypted_password, q.next_retry_at,
           r.*, r.outcome in ('created', 'adopted') as completed
    from ${QUEUE} q
    join result r on r."jobId" = q.id
    -- As one truth, so that the rows are found by their ids: the index on status is full of the dead
    -- entries of this very run while somebody holds a snapshot.
    where (q.status::text = 'processing' and q.claimed_by_run_id = $2) is true
    order by q.id
    for no key update of q
  ),
  new_user as (
    insert into auth.users
      (id, email, email_verified, email_verified_at, external_user_id, external_provider,
       family_id, role, username, full_name, zitadel_user_id, created_at, updated_at)
    select gen_random_uuid(), username || '@' || $3::text, true, now(), "zitadelUserId", 'zitadel',
           family_id, role, username, full_name, "zitadelUserId", now(), now()
    from held
    where completed
    on conflict do nothing
    returning id, external_user_id
  ),
  verdict as (
    select h.*, coalesce(n.id, known.id) as user_id
    from held h
    left join new_user n on n.external_user_id::text = h."zitadelUserId"
    -- Fenced in, so that only the unique index fits: by its family the planner would read all users of a
    -- large one, for each job of the batch.
    left join lateral (
      select u.id, u.family_id, u.username
      from auth.users u
      where n.id is null
        and u.external_provider::text = 'zitadel' and u.external_user_id::text = h."zitadelUserId"
      offset 0
    ) known
      -- An account that FamilyHub knows as somebody else's is not this job's.
      on known.family_id = h.family_id and coalesce(known.username::text, h.username) = h.username
    where n.id is not null or known.id is not null or not h.completed
  ),
  settled as (
    update ${QUEUE} q
    set status = case when v.completed then 'completed' when v.outcome = 'failed' then 'failed' else 'pending' end,
        retry_count = v."retryCount",
        next_retry_at = case
          when v.outcome = 'retried' then now() + v."waitMs" * interval '1 ms'
          when v.outcome = 'deferred' and v."waitMs" is not null
            then greatest(v.next_retry_at, now() + v."waitMs" * interval '1 ms')
          when v.outcome = 'deferred' then v.next_retry_at
        end,
        -- The password has done its work: nobody may decrypt it any more.
        encrypted_password = case when v.completed then '' else v.encrypted_password end,
        zitadel_user_id = case when v.completed then v."zitadelUserId" else q.zitadel_user_id end,
        completed_at = case when v.completed then now() end,
        last_error_code = case when v.outcome = 'deferred' then q.last_error_code else v."errorCode" end,
        last_error_message = case
          when v.outcome = 'deferred' then q.last_error_message
          when not v.completed then v.message
        end,
        claimed_by_run_id = null,
        lease_expires_at = null,
        updated_at = now()
    from verdict v
    where q.id = v.id
    returning q.id
  ),
  attempt as (
    insert into family_hub_jobs.attempts
      (job_id, run_id, outcome, retry_count, error_code, grpc_code, zitadel_error_id, message, duration_ms)
    select id, $2, outcome, "retryCount", "errorCode", "grpcCode", "zitadelErrorId", message, "durationMs"
    from verdict
    where "durationMs" is not null
  ),
  event as (
    ${INSERT_EVENTS}
    ${createdEvents("from verdict where completed")}
    union all
    ${failedEvents("from verdict where outcome = 'failed'", {
      code: '"errorCode"',
      message: "message",
      attempts: '"retryCount" + 1',
    })}
  )
  select h.id, s.id is not null as settled
  from held h
  left join settled s on s.id = h.id`;
