// Lines of the ledger and attempts, as earlier runs left them.
import { randomUUID } from "node:crypto";
import type { TestDatabase } from "./database.ts";

export interface RunFields {
  readonly runId?: string;
  readonly command?: string;
  readonly host?: string;
  readonly pid?: number;
  /** null: the line has no end. */
  readonly outcome?: string | null;
  readonly reason?: string;
  readonly counts?: Readonly<Record<string, number>>;
  /** SQL. */
  readonly startedAt?: string;
  /** How long it took, as an interval. */
  readonly took?: string;
}

export async function givenRun(db: TestDatabase, fields: RunFields = {}): Promise<string> {
  const runId = fields.runId ?? randomUUID();
  const outcome = fields.outcome === undefined ? "completed" : fields.outcome;
  const startedAt = `(${fields.startedAt ?? "now() - interval '1 minute'"})::timestamptz`;
  const end = `${startedAt} + interval '${fields.took ?? "2 seconds"}'`;
  await db.query(
    `insert into family_hub_jobs.runs
       (run_id, command, host, pid, version, started_at, finished_at, outcome, reason, counts)
     select $1, $2, $3, $4, '0.0.1', ${startedAt}, ${outcome === null ? "null" : end}, $5, $6, $7`,
    [
      ...[runId, fields.command ?? "retry-accounts", fields.host ?? "pod-1", fields.pid ?? 4711],
      ...[outcome, fields.reason ?? null, JSON.stringify(fields.counts ?? {})],
    ],
  );
  return runId;
}

export interface AttemptFields {
  readonly runId?: string;
  readonly outcome?: "created" | "adopted" | "retried" | "failed" | "deferred";
  readonly retryCount?: number;
  readonly errorCode?: string;
  readonly grpcCode?: number;
  readonly zitadelErrorId?: string;
  readonly message?: string;
  readonly durationMs?: number;
  /** SQL. */
  readonly finishedAt?: string;
}

/** Failed with the code, if one is named; else created. */
export async function givenAttempt(
  db: TestDatabase,
  jobId: string,
  fields: AttemptFields = {},
): Promise<void> {
  const { errorCode = null } = fields;
  await db.query(
    `insert into family_hub_jobs.attempts
       (job_id, run_id, outcome, retry_count, error_code, grpc_code, zitadel_error_id, message,
        duration_ms, finished_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, ${fields.finishedAt ?? "now()"}`,
    [
      ...[jobId, fields.runId ?? randomUUID()],
      ...[fields.outcome ?? (errorCode === null ? "created" : "failed"), fields.retryCount ?? 0],
      ...[errorCode, fields.grpcCode ?? null, fields.zitadelErrorId ?? null],
      ...[fields.message ?? null, fields.durationMs ?? 120],
    ],
  );
}
