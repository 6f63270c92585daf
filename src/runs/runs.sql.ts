// Lists the runs in the ledger, newest first, in keyset pages.
import type { WorkedRun } from "../domain/forecast.ts";
import type { Queryable } from "../postgres/database.ts";
import { findLiveRuns, LIVE_RUN_IDS } from "./live-runs.sql.ts";
import { moment } from "../postgres/moment.ts";
import type { Moment } from "../domain/moment.ts";
import { pageOf, type PagePosition } from "../queue-table/page.sql.ts";
import { DRY_RUN, type LedgerOutcome } from "./ledger.sql.ts";

export const RUN_OUTCOMES = [
  "completed",
  "stopped",
  "paused",
  "unavailable",
  "refused",
  "interrupted",
  // An entry without an end: the run still holds its lock, or it died.
  "running",
  "died",
] as const satisfies readonly (LedgerOutcome | "running" | "died")[];

export type RunOutcome = (typeof RUN_OUTCOMES)[number];

export interface ListedRun {
  readonly runId: string;
  readonly command: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly startedAt: Date;
  /** null while it runs, and if it died. */
  readonly finishedAt: Date | null;
  readonly durationMs: number | null;
  readonly outcome: RunOutcome;
  readonly reason: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

/** When the run was last known to be alive, so that a long run leaves no gap in the schedule. */
export function lastSign({ startedAt, finishedAt }: ListedRun): number {
  return (finishedAt ?? startedAt).getTime();
}

export interface RunFilter {
  /** Empty for all, like `outcomes`. */
  readonly commands: readonly string[];
  readonly outcomes: readonly RunOutcome[];
  /** Started at or after. */
  readonly since: Moment | null;
  /** A dry run does no work, so it does not show that the command is scheduled. */
  readonly dryRuns: "with" | "without";
}

export interface RunListRequest extends RunFilter {
  readonly limit: number;
  readonly after: PagePosition | null;
}

export async function listRuns(
  db: Queryable,
  request: RunListRequest,
): Promise<{ runs: ListedRun[]; next: PagePosition | null }> {
  const { limit, after } = request;
  const { outcome, conditions, values, bind } = await chosenRuns(db, request);
  if (after !== null) {
    conditions.push(
      `(r.started_at, r.run_id) < (${bind(after.value)}::timestamptz, ${bind(after.id)}::uuid)`,
    );
  }
  const rows = await db.query<ListedRun & { sortValue: string }>(
    `select r.run_id as "runId",
            r.command,
            r.host,
            r.pid,
            r.version,
            r.started_at as "startedAt",
            r.finished_at as "finishedAt",
            round(extract(epoch from r.finished_at - r.started_at) * 1000)::float8 as "durationMs",
            ${outcome} as outcome,
            r.reason,
            r.counts,
            r.started_at::text as "sortValue"
     from family_hub_jobs.runs r
     where ${conditions.join(" and ")}
     order by r.started_at desc, r.run_id desc
     limit ${bind(limit + 1)}`,
    values,
  );
  const { rows: runs, next } = pageOf(rows, limit, ({ runId }) => runId);
  return { runs, next };
}

/** @param most where counting stops */
export async function countRuns(db: Queryable, request: RunFilter, most: number): Promise<number> {
  const { outcome, conditions, values, bind } = await chosenRuns(db, request);
  const [row] = await db.query<{ count: number }>(
    `select count(*)::int as count
     from (
       -- Not for its value: Postgres refuses a parameter that no expression uses.
       select ${outcome}
       from family_hub_jobs.runs r
       where ${conditions.join(" and ")}
       limit ${bind(most)}
     ) matching`,
    values,
  );
  return row?.count ?? 0;
}

async function chosenRuns(db: Queryable, { commands, outcomes, since, dryRuns }: RunFilter) {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  // Checked before and within the statement: a run that lives at its snapshot is in one of the two.
  const alive = (await findLiveRuns(db)).map(({ runId }) => runId);
  const outcome = `coalesce(r.outcome::text, case
    when r.run_id::text = any (${bind(alive)}::text[] || ${LIVE_RUN_IDS}) then 'running' else 'died' end)`;
  const conditions = ["true"];
  if (commands.length > 0) conditions.push(`r.command::text = any (${bind(commands)}::text[])`);
  if (outcomes.length > 0) conditions.push(`${outcome} = any (${bind(outcomes)}::text[])`);
  if (dryRuns === "without") conditions.push(`r.reason like '${DRY_RUN}%' is not true`);
  if (since !== null) conditions.push(`r.started_at >= ${moment(since, bind)}`);
  return { outcome, conditions, values, bind };
}

/** The last runs of the last day that had work, newest first: how much work, and how long it took. */
export async function listWorkedRuns(db: Queryable, limit: number): Promise<WorkedRun[]> {
  return db.query<WorkedRun>(
    `select worked.jobs, worked."durationMs"
     from (
       select r.started_at,
              (extract(epoch from r.finished_at - r.started_at) * 1000)::float8 as "durationMs",
              (select coalesce(sum((r.counts ->> name)::float8), 0)
               from unnest(array['created', 'adopted', 'retried', 'failed']) as name) as jobs
       from family_hub_jobs.runs r
       where r.command = 'retry-accounts'
         and r.started_at > now() - interval '1 day'
         and r.finished_at is not null
     ) worked
     where worked.jobs > 0
     order by worked.started_at desc
     limit $1`,
    [limit],
  );
}
