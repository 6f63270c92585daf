// Lines of the tool's own tables, as earlier runs left them.
import { randomUUID } from "node:crypto";
import type { TestDatabase } from "./database.ts";

/** @param finishedAt SQL; @param jobId a new one for attempts whose job the API has deleted */
export async function givenAttempts(
  db: TestDatabase,
  count: number,
  finishedAt: string,
  jobId: string = randomUUID(),
): Promise<string> {
  await db.query(
    `insert into family_hub_jobs.attempts
       (job_id, run_id, outcome, retry_count, error_code, duration_ms, finished_at)
     select $1, gen_random_uuid(), 'retried', n, 'timeout', 10, ${finishedAt}
     from generate_series(1, $2) n`,
    [jobId, count],
  );
  return jobId;
}

/** @param startedAt SQL */
export async function givenRun(
  db: TestDatabase,
  startedAt: string,
  command = "retry-accounts",
): Promise<string> {
  const { id } = await db.one<{ id: string }>(
    `insert into family_hub_jobs.runs
       (run_id, command, host, pid, version, started_at, finished_at, outcome)
     select gen_random_uuid(), $1, 'host', 1, '0', ${startedAt}, ${startedAt}, 'completed'
     returning run_id as id`,
    [command],
  );
  return id;
}

export interface PurgeAudit {
  readonly actor: string;
  readonly verb: string;
  readonly reason: string | null;
  readonly jobId: string | null;
  readonly before: object | null;
  readonly after: Readonly<Record<string, number | string>>;
}

/** The audit, oldest first. */
export async function readActions(db: TestDatabase): Promise<PurgeAudit[]> {
  return db.query<PurgeAudit>(
    `select actor, verb, reason, job_id as "jobId", before, after
     from family_hub_jobs.operator_actions order by action_id`,
  );
}
