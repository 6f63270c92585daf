// Groups failed and retrying jobs by their last error.
import type { Cause } from "../../domain/cause.ts";
import type { Queryable } from "../../postgres/database.ts";
import { LAST_FAULT, QUEUE, STATUS, WAITING } from "../../queue-table/queue.sql.ts";

export interface ErrorGroup extends Cause {
  /** Jobs that failed permanently. */
  readonly failed: number;
  /** Those whose password is still there; null if the role may not read passwords. */
  readonly requeueable: number | null;
  /** Jobs that will be tried again. */
  readonly waiting: number;
  /** The first attempt with this cause, also of jobs that completed since; null without one. */
  readonly firstSeenAt: Date | null;
  readonly lastSeenAt: Date | null;
  /** The job that changed last, a failed one if there is any. */
  readonly sampleJobId: string;
  /** That job's last error; null if none was recorded. */
  readonly sampleMessage: string | null;
}

/** Most failed jobs first. The cost depends on the failed and retrying jobs, not on completed ones. */
export async function listErrorGroups(db: Queryable): Promise<ErrorGroup[]> {
  const [role] = await db.query<{ mayRead: boolean }>(
    `select has_column_privilege('${QUEUE}', 'encrypted_password', 'select') as "mayRead"`,
  );
  return db.query<ErrorGroup>(groups(role?.mayRead === true));
}

/** @param passwords whether the role may read them; the reader's role may not */
const groups = (passwords: boolean) => `
  with troubled as (
    select q.id, q.last_error_code, q.updated_at, true as failed,
           ${passwords ? "q.encrypted_password::text <> ''" : "false"} as requeueable
    from ${QUEUE} q
    where ${STATUS} = 'failed' and q.next_retry_at is null
    union all
    select q.id, q.last_error_code, q.updated_at, false, false
    from ${QUEUE} q
    where ${WAITING} and (q.last_error_code is not null or q.last_error_message is not null)
  ),
  cause as (
    select q.*, a.grpc_code, a.zitadel_error_id
    from troubled q
    -- \`queue cancel\` and older workers write an error code without an attempt.
    left join lateral (${LAST_FAULT}) a on a.error_code::text = q.last_error_code::text
  ),
  grouped as (
    select c.last_error_code as code, c.grpc_code, c.zitadel_error_id,
           count(*) filter (where c.failed)::int as failed,
           ${passwords ? "count(*) filter (where c.requeueable)::int" : "null::int"} as requeueable,
           count(*) filter (where not c.failed)::int as waiting,
           (array_agg(c.id order by c.failed desc, c.updated_at desc, c.id))[1] as sample
    from cause c
    group by c.last_error_code, c.grpc_code, c.zitadel_error_id
  )
  select g.code,
         g.grpc_code as "grpcCode",
         g.zitadel_error_id as "zitadelErrorId",
         g.failed,
         g.requeueable,
         g.waiting,
         (${seen("asc")}) as "firstSeenAt",
         (${seen("desc")}) as "lastSeenAt",
         g.sample as "sampleJobId",
         (select q.last_error_message from ${QUEUE} q where q.id = g.sample) as "sampleMessage"
  from grouped g
  order by g.failed desc, g.waiting desc, g.code, g.grpc_code, g.zitadel_error_id`;

/** Its conditions must match those of the index attempts_causes exactly. */
function seen(order: "asc" | "desc"): string {
  return `
    select a.finished_at
    from family_hub_jobs.attempts a
    where a.error_code = g.code
      and coalesce(a.grpc_code, -1) = coalesce(g.grpc_code, -1)
      and coalesce(a.zitadel_error_id, '') = coalesce(g.zitadel_error_id, '')
    order by a.finished_at ${order}
    limit 1`;
}
