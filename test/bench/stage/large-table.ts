// A queue that has grown for years: nearly all completed, some failed, some waiting for later.
import type { BenchDatabase } from "./database.ts";
import { fillInBulk } from "../../support/fill-in-bulk.ts";

const QUEUE = "auth.queued_managed_account_creations";

/** One job in this many has failed permanently, and one waits for a retry that is hours away. */
const FAILED_EVERY = 160;
const WAITING_EVERY = 250;
/** One in ten completed jobs is older than `purge-jobs` keeps it. */
const DAYS = 100;

/** Adds jobs and their attempts up to a number, then lets Postgres tidy up as it would over night. */
export async function growQueue(
  db: Pick<BenchDatabase, "query">,
  from: number,
  to: number,
): Promise<void> {
  await fillInBulk(db, [QUEUE, "family_hub_jobs.attempts"], async () => {
    await db.query(FAMILIES, [from, to]);
    await db.query(JOBS, [from, to]);
    await db.query(ATTEMPTS, [from]);
  });
  await db.query("vacuum analyze");
  await db.query("checkpoint");
}

// md5 makes ids as scattered as the API's own, and the same in every run.
const FAMILIES = `
  insert into auth.families (id, name, owner_id)
  select md5('family' || n)::uuid, 'Smith', md5('owner' || n)::uuid
  from generate_series(($1::bigint + 3) / 4, $2::bigint / 4) n
  on conflict do nothing`;

const JOBS = `
  insert into ${QUEUE}
    (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status,
     retry_count, next_retry_at, last_error_code, last_error_message, created_at, updated_at,
     completed_at, zitadel_user_id)
  select md5('job' || n)::uuid, md5('family' || n / 4)::uuid, 'kid_' || n, 'Kim Smith ' || n,
         'managed_account', case when kind = 'completed' then '' else repeat('x', 300) end,
         md5('owner' || n / 4)::uuid, kind,
         case when kind = 'completed' then 0 else 5 end,
         case when kind = 'pending' then now() + interval '4 hours' + n * interval '1 ms' end,
         case when kind <> 'completed' then (array['unavailable', 'timeout', 'username_taken'])[1 + n % 3] end,
         case when kind <> 'completed' then 'Zitadel answered UNAVAILABLE: no healthy upstream' end,
         born, born + interval '1 minute',
         case when kind = 'completed' then born + interval '1 minute' end,
         case when kind = 'completed' then md5('job' || n) end
  from generate_series($1::bigint + 1, $2::bigint) n
  cross join lateral (
    select case when n % ${FAILED_EVERY} = 0 then 'failed'
                when n % ${WAITING_EVERY} = 1 then 'pending' else 'completed' end as kind,
           now() - interval '1 hour' - (n * 7919 % 1000003) / 1000003.0 * interval '${DAYS} days' as born
  ) as job`;

const ATTEMPTS = `
  insert into family_hub_jobs.attempts
    (job_id, run_id, outcome, retry_count, error_code, grpc_code, message, duration_ms, finished_at)
  select q.id, md5('run')::uuid,
         case q.status when 'completed' then 'created' when 'failed' then 'failed' else 'retried' end,
         q.retry_count, q.last_error_code, case when q.status <> 'completed' then 14 end,
         q.last_error_message, 300, q.updated_at
  from ${QUEUE} q
  where substr(q.username, 5)::bigint > $1
  order by q.updated_at`;
