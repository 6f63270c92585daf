// Lines of the ledger, as earlier runs left them.
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
