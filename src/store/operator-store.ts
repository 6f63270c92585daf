// What operators do to jobs, each change with its line in the audit, in one statement.
import type { Queryable } from "./database.ts";
import { auditedState, QUEUE, STATUS } from "./queue-sql.ts";

export interface OperatorAction {
  readonly actor: string;
  readonly reason: string | null;
}

export interface RequeueResult {
  readonly requeued: readonly string[];
  /** What the others are instead: their status, or that their password is erased, or nothing. */
  readonly others: ReadonlyMap<string, NotRequeued>;
}

export interface NotRequeued {
  readonly status: string;
  readonly erased: boolean;
  readonly canceled: boolean;
  readonly retryCount: number;
}

/** Failed jobs whose password is still there become due at once; errors and attempts are kept. */
export async function requeueFailedJobs(
  db: Queryable,
  ids: readonly string[],
  keepRetries: boolean,
  action: OperatorAction,
): Promise<RequeueResult> {
  const rows = await db.query<NotRequeued & { id: string; requeued: boolean }>(REQUEUE, [
    ids,
    keepRetries,
    action.actor,
    action.reason,
  ]);
  return {
    requeued: rows.filter((row) => row.requeued).map((row) => row.id),
    others: new Map(rows.filter((row) => !row.requeued).map((row) => [row.id, row])),
  };
}

const REQUEUE = `
  with asked as materialized (
    select q.id, ${STATUS} as status, q.encrypted_password::text = '' as erased,
           q.retry_count, q.next_retry_at, q.last_error_code
    from ${QUEUE} q
    where q.id = any ($1::uuid[])
    order by q.id
    for no key update of q
  ),
  requeued as (
    update ${QUEUE} q
    set status = 'pending',
        retry_count = case when $2 then q.retry_count else 0 end,
        next_retry_at = now(),
        updated_at = now()
    from asked a
    where q.id = a.id and a.status = 'failed' and not a.erased and a.retry_count between 0 and 5
    returning q.id, q.status, q.retry_count, q.next_retry_at, q.last_error_code
  ),
  audit as (
    insert into family_hub_jobs.operator_actions (actor, verb, reason, job_id, before, after)
    select $3, 'requeue', $4, r.id, ${auditedState("a")}, ${auditedState("r")}
    from requeued r
    join asked a using (id)
  )
  select a.id, a.status, a.erased, a.retry_count as "retryCount", r.id is not null as requeued,
         a.last_error_code::text is not distinct from 'canceled' as canceled
  from asked a
  left join requeued r using (id)`;

/** The same question without the change. */
export async function readRequeueable(
  db: Queryable,
  ids: readonly string[],
): Promise<RequeueResult> {
  const rows = await db.query<NotRequeued & { id: string }>(
    `select q.id, ${STATUS} as status, q.encrypted_password::text = '' as erased, q.retry_count as "retryCount",
            q.last_error_code::text is not distinct from 'canceled' as canceled
     from ${QUEUE} q
     where q.id = any ($1::uuid[])`,
    [ids],
  );
  const ready = rows.filter(
    (row) => row.status === "failed" && !row.erased && row.retryCount >= 0 && row.retryCount <= 5,
  );
  const others = rows.filter((row) => !ready.includes(row));
  return {
    requeued: ready.map((row) => row.id),
    others: new Map(others.map((row) => [row.id, row])),
  };
}

export interface NewJob {
  readonly id: string;
  readonly familyId: string;
  readonly username: string;
  readonly fullName: string;
  readonly role: string;
  readonly encryptedPassword: string;
  readonly createdByUserId: string;
}

/** @returns false when the family does not exist, and nothing was added */
export async function addJob(db: Queryable, job: NewJob, action: OperatorAction): Promise<boolean> {
  const rows = await db.query<{ id: string }>(
    `with added as (
       insert into ${QUEUE}
         (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
          retry_count, status, next_retry_at, created_at, updated_at)
       select $1::uuid, f.id, $3, $4, $5, $6, $7::uuid, 0, 'pending', now(), now(), now()
       from auth.families f
       where f.id = $2
       returning id
     ),
     audit as (
       insert into family_hub_jobs.operator_actions (actor, verb, reason, job_id, after)
       select $8, 'add', $9, id, pg_catalog.jsonb_build_object('status', 'pending') from added
     )
     select id from added`,
    [
      job.id,
      job.familyId,
      job.username,
      job.fullName,
      job.role,
      job.encryptedPassword,
      job.createdByUserId,
      action.actor,
      action.reason,
    ],
  );
  return rows.length === 1;
}
