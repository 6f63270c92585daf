// One job and its history: attempts, operator actions, events, and the run that holds it.
import type { JobOutlook } from "../../domain/next-step.ts";
import type { Queryable } from "../../postgres/database.ts";
import { LISTED_COLUMNS, type ListedJob } from "../../queue-table/listed-job.sql.ts";
import {
  abandoned,
  DUE_AT,
  leaseEnd,
  QUEUE,
  STATUS,
  WAITING,
} from "../../queue-table/queue.sql.ts";

export interface FoundJob {
  readonly job: ListedJob;
  readonly outlook: Omit<JobOutlook, "erased">;
  /** The run that processes it; null if none does. */
  readonly holder: JobHolder | null;
}

/** All null if it is not a run of this tool; all but the run's ID if the ledger lacks the run. */
export interface JobHolder {
  readonly runId: string | null;
  readonly command: string | null;
  readonly host: string | null;
  readonly pid: number | null;
}

type OutlookColumns = Pick<JobOutlook, "waiting" | "due" | "leaseEndsAt" | "abandoned">;

/** @param leaseMs for a processing job without our lease, counted from its last change */
export async function findJob(
  db: Queryable,
  id: string,
  leaseMs: number,
): Promise<FoundJob | null> {
  const [row] = await db.query<ListedJob & OutlookColumns & JobHolder>(
    `select ${LISTED_COLUMNS},
            ${WAITING} as waiting,
            ${WAITING} and ${DUE_AT} <= now() as due,
            case when ${STATUS} = 'processing' then
              nullif(${leaseEnd("$2::float8")}, '-infinity')
            end::timestamptz as "leaseEndsAt",
            ${abandoned("$2::float8")} as abandoned,
            q.claimed_by_run_id as "runId", r.command, r.host, r.pid
     from ${QUEUE} q
     left join family_hub_jobs.runs r on r.run_id = q.claimed_by_run_id
     where q.id = $1`,
    [id, leaseMs],
  );
  if (row === undefined) return null;
  const { waiting, due, leaseEndsAt, abandoned: isAbandoned, ...rest } = row;
  const { runId, command, host, pid, ...job } = rest;
  return {
    job,
    outlook: { ...job, waiting, due, leaseEndsAt, abandoned: isAbandoned },
    holder: job.status === "processing" ? { runId, command, host, pid } : null,
  };
}

export interface PasswordState {
  readonly state: "present" | "erased" | "unknown";
  /** The protected header of the envelope; null if there is none. */
  readonly header: string | null;
}

/** `unknown` for a role that may not read the column. Only the header leaves Postgres. */
export async function readPasswordState(db: Queryable, id: string): Promise<PasswordState> {
  const [role] = await db.query<{ mayRead: boolean }>(
    `select has_column_privilege('${QUEUE}', 'encrypted_password', 'select') as "mayRead"`,
  );
  if (role?.mayRead !== true) return { state: "unknown", header: null };
  const [password] = await db.query<PasswordState>(
    `select case when q.encrypted_password::text = '' then 'erased' else 'present' end as state,
            substring(q.encrypted_password::text
                      from '^([\\w-]+)\\.[\\w-]*\\.[\\w-]+\\.[\\w-]*\\.[\\w-]+$') as header
     from ${QUEUE} q
     where q.id = $1`,
    [id],
  );
  return password ?? { state: "unknown", header: null };
}

export interface PastAttempt {
  readonly at: Date;
  readonly outcome: "created" | "adopted" | "retried" | "failed" | "deferred";
  /** After the attempt: a retry has used one up. */
  readonly retryCount: number;
  readonly errorCode: string | null;
  readonly grpcCode: number | null;
  readonly zitadelErrorId: string | null;
  readonly message: string | null;
  readonly durationMs: number;
  readonly runId: string;
  /** The attempt's W3C trace context; null if it was not traced. */
  readonly traceparent: string | null;
}

export async function listAttempts(db: Queryable, jobId: string): Promise<PastAttempt[]> {
  return db.query<PastAttempt>(
    `select finished_at as at, outcome, retry_count as "retryCount", error_code as "errorCode",
            grpc_code as "grpcCode", zitadel_error_id as "zitadelErrorId", message,
            duration_ms as "durationMs", run_id as "runId", traceparent
     from family_hub_jobs.attempts
     where job_id = $1
     order by attempt_id`,
    [jobId],
  );
}

export interface PastAction {
  readonly at: Date;
  readonly verb: string;
  readonly actor: string;
  readonly reason: string | null;
  /** The command's ID, perhaps for many jobs; `queue undo` undoes a requeue by it. */
  readonly actionId: string | null;
  /** What the action reports about its change; times in ISO 8601. */
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

export async function listActions(db: Queryable, jobId: string): Promise<PastAction[]> {
  return db.query<PastAction>(
    `select at, verb, actor, reason, batch_id as "actionId", before, after
     from family_hub_jobs.operator_actions
     where job_id = $1
     order by action_id`,
    [jobId],
  );
}

export interface PastEvent {
  readonly at: Date;
  readonly eventId: string;
  /** The full name of the event's class. */
  readonly type: string;
  readonly status: "pending" | "processed" | "failed";
  readonly processedAt: Date | null;
}

/**
 * The outbox has no index by job, but it has one by time. An event is written in the transaction of its
 * attempt or action, so its time is the same to the microsecond.
 */
export async function listEvents(db: Queryable, jobId: string): Promise<PastEvent[]> {
  return db.query<PastEvent>(
    `select e.created_at as at, e.event_id as "eventId", e.event_type as type,
            (array['pending', 'processed', 'failed'])[e.status + 1] as status,
            e.processed_at as "processedAt"
     from auth.outbox_events e
     -- All possible statuses: with them Postgres can also use the index by status and time.
     where e.status in (0, 1, 2)
       and e.created_at = any (array(
         select a.finished_at
         from family_hub_jobs.attempts a
         where a.job_id = $1 and a.outcome in ('created', 'adopted', 'failed')
         union
         select o.at from family_hub_jobs.operator_actions o where o.job_id = $1))
       and e.payload ->> 'jobId' = $1::uuid::text
     order by e.created_at, e.event_id`,
    [jobId],
  );
}
