// Reads and changes rows as tests need them, in addition to the builders.
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { TestDatabase } from "./database.ts";
import type { Variant } from "./family-hub-schemas.ts";
import { givenFamily, type GivenJob } from "./given.ts";

const QUEUE = "auth.queued_managed_account_creations";

/** SQL for the moment `offset` from now, right for the kind of time column the variant has. */
export function moment(variant: Variant, offset: string): string {
  const now = variant === "script" ? "(now() at time zone 'UTC')" : "now()";
  return `${now} + interval '${offset}'`;
}

/** The whole row, for telling whether anything about it changed. */
export async function wholeJob(db: TestDatabase, id: string): Promise<object> {
  const { row } = await db.one<{ row: object }>(
    `select to_jsonb(q) as row from ${QUEUE} q where id = $1`,
    [id],
  );
  return row;
}

/** Everything that a run may change, in order; not the ledger of runs. */
export async function everything(db: TestDatabase): Promise<Record<string, unknown>> {
  return db.one<Record<string, unknown>>(
    `select (select jsonb_agg(q order by q.id) from ${QUEUE} q) as jobs,
            (select jsonb_agg(u order by u.id) from auth.users u) as users,
            (select jsonb_agg(e order by e.event_id) from auth.outbox_events e) as events,
            (select jsonb_agg(a order by a.attempt_id) from family_hub_jobs.attempts a) as attempts,
            (select jsonb_agg(o order by o.action_id) from family_hub_jobs.operator_actions o) as actions,
            (select jsonb_agg(b) from family_hub_jobs.breaker b) as breaker`,
  );
}

/** Makes a job one that a run holds, or held when it died. */
export async function givenHeld(
  db: TestDatabase,
  { id }: Pick<GivenJob, "id">,
  leaseEnds: string,
): Promise<void> {
  await db.query(
    `update ${QUEUE} set status = 'processing', claimed_by_run_id = $2,
       lease_expires_at = now() + interval '${leaseEnds}' where id = $1`,
    [id, randomUUID()],
  );
}

/** Lets the leases of all held jobs end, as the passing of time would. */
export async function whenLeasesEnd(db: TestDatabase): Promise<void> {
  await db.query(
    `update ${QUEUE} set lease_expires_at = now() - interval '1 second'
     where claimed_by_run_id is not null`,
  );
}

export async function givenUser(
  db: TestDatabase,
  fields: {
    readonly familyId?: string;
    readonly username?: string;
    readonly email?: string;
    readonly externalUserId?: string;
  } = {},
): Promise<string> {
  const id = randomUUID();
  await db.query(
    `insert into auth.users (id, email, external_user_id, external_provider, family_id, username)
     values ($1, $2, $3, 'zitadel', $4, $5)`,
    [
      id,
      fields.email ?? `${id}@example.com`,
      fields.externalUserId ?? id,
      fields.familyId ?? (await givenFamily(db)),
      fields.username ?? null,
    ],
  );
  return id;
}

/** SQL: the command has looked at jobs that it found locked, and sleeps before it comes back for them. */
export const IS_PASSED_OVER = `exists (select from pg_stat_activity
  where datname = current_database() and application_name like 'fhj queue %' and state = 'idle'
    and query like '%q.id = any ($1::uuid[])%')`;

/** SQL: a command waits for somebody else's lock. @param command such as `queue cancel` */
export function waitsForLock(command: string): string {
  return `exists (select from pg_stat_activity
    where datname = current_database() and application_name like 'fhj ${command} %'
      and wait_event_type = 'Lock')`;
}

/** Every transaction that writes to the audit waits there, in its middle. @returns ends that */
export async function givenHeldAudit(db: TestDatabase): Promise<() => Promise<void>> {
  await db.query(
    `create function public.held() returns trigger language plpgsql as
       $$ begin perform pg_advisory_xact_lock(4711); return new; end $$;
     create trigger held before insert on family_hub_jobs.operator_actions
       for each row execute function public.held()`,
  );
  const holder = await openTransaction(db, "select pg_advisory_xact_lock(4711)");
  return async () => {
    await holder.end();
    await db.query("drop function public.held cascade");
  };
}

export interface EventRow {
  readonly type: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** In order of the job's id; `type` without its namespace. */
export async function readEvents(db: TestDatabase): Promise<EventRow[]> {
  return db.query<EventRow>(
    `select regexp_replace(event_type, '^FamilyHub\\.Modules\\.Auth\\.Domain\\.Events\\.', '') as type,
            aggregate_type as "aggregateType", aggregate_id as "aggregateId", payload
     from auth.outbox_events order by payload ->> 'jobId'`,
  );
}

export async function readUsers(
  db: TestDatabase,
  externalUserId: string,
): Promise<{ id: string; username: string; email: string }[]> {
  return db.query("select id, username, email from auth.users where external_user_id = $1", [
    externalUserId,
  ]);
}

export interface AttemptRow {
  readonly outcome: string;
  readonly retryCount: number;
  readonly errorCode: string | null;
  readonly grpcCode: number | null;
  readonly zitadelErrorId: string | null;
}

export async function readAttempts(db: TestDatabase, jobId: string): Promise<AttemptRow[]> {
  return db.query(
    `select outcome, retry_count as "retryCount", error_code as "errorCode",
            grpc_code as "grpcCode", zitadel_error_id as "zitadelErrorId"
     from family_hub_jobs.attempts where job_id = $1 order by attempt_id`,
    [jobId],
  );
}

export interface RunRow {
  readonly runId: string;
  readonly command: string;
  readonly pid: number;
  readonly version: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

export async function readRuns(db: TestDatabase): Promise<RunRow[]> {
  return db.query(
    `select run_id as "runId", command, pid, version, outcome, reason, counts,
            started_at as "startedAt", finished_at as "finishedAt"
     from family_hub_jobs.runs order by started_at`,
  );
}

/** An open transaction of somebody else, which `end` rolls back. */
export async function openTransaction(
  db: TestDatabase,
  sql: string,
): Promise<{ end(): Promise<void>; commit(): Promise<void> }> {
  const client = new pg.Client({ connectionString: db.url });
  client.on("error", () => undefined);
  await client.connect();
  await client.query(`begin; ${sql}`);
  return {
    end: () => client.end(),
    commit: async () => {
      await client.query("commit");
      await client.end();
    },
  };
}
