// Checks of the runs: did each scheduled command run recently, and how did it end.
import { JOB_STATUSES } from "../domain/job.ts";
import { span } from "../domain/when.ts";
import type { Queryable } from "../postgres/database.ts";
import { fixFor, listImpossible, type ImpossibleRow } from "../queue-table/impossible-rows.sql.ts";
import { readClock } from "./server.sql.ts";
import { countRefusedByDatabase } from "../queue-table/counts.sql.ts";
import { readPause, resumeAdvice, type Pause } from "../queue-table/pause.sql.ts";
import { MISSING_KEYS } from "../runs/incident.sql.ts";
import { lastSign, listRuns, type ListedRun } from "../runs/runs.sql.ts";
import { countOrphanedJobs } from "../runs/working-runs.sql.ts";
import { ok, warn, type Check, type Finding, type Limits } from "./check.ts";
import { plural } from "./advice.ts";

const SCHEDULE: Readonly<Record<string, keyof Limits>> = {
  "retry-accounts": "retryAccountsIdle",
  "purge-invitations": "purgeIdle",
  "purge-jobs": "purgeIdle",
};

export const LAST_RUNS: Check = {
  name: "last runs",
  group: "Runs",
  needs: ["tables"],
  look: async (context) => {
    const db = await context.postgres();
    const now = await readClock(db);
    const pause = await readPause(db);
    const findings: Finding[] = [];
    for (const [command, limit] of Object.entries(SCHEDULE)) {
      const last = await lastRun(db, command);
      // Purges run even while the queue is paused.
      const looked = { command, last, pause: command === "retry-accounts" ? pause : null };
      findings.push({ ...judge(looked, now, context.limits[limit]), name: command });
    }
    return [...findings, ...(await orphaned(db)), ...(await refusedJobs(db))];
  },
};

interface Looked {
  readonly command: string;
  readonly last: ListedRun | null;
  /** What prevents it from starting jobs. */
  readonly pause: Pause | null;
}

/** A later run may have been successful: its own entry does not show them. */
async function orphaned(db: Queryable): Promise<Finding[]> {
  const { jobs, until } = await countOrphanedJobs(db);
  if (until === null) return [];
  const found = warn(
    `${plural(jobs, "job")} left by a run that died, under a lease until ${until.toISOString()}`,
    "nothing to do: the first `retry-accounts` after that time recovers them",
  );
  return [{ ...found, name: "orphaned jobs" }];
}

/** Between two attempts, the last run does not report them. */
async function refusedJobs(db: Queryable): Promise<Finding[]> {
  const jobs = await countRefusedByDatabase(db);
  if (jobs === 0) return [];
  const found = warn(
    `${plural(jobs, "job")} waiting for a retry: the database refused to store the account or the result`,
    `${REFUSED}; \`family-hub-jobs queue errors\` shows why`,
  );
  return [{ ...found, name: "refused jobs" }];
}

async function lastRun(db: Queryable, command: string): Promise<ListedRun | null> {
  const filter = { commands: [command], outcomes: [], since: null, dryRuns: "without" } as const;
  const { runs } = await listRuns(db, { ...filter, after: null, limit: 1 });
  return runs[0] ?? null;
}

function judge({ command, last: run, pause }: Looked, now: Date, idleMs: number): Finding {
  const schedule = `schedule it with cron, systemd or Kubernetes; see the ${command} line in crontab.example`;
  if (run === null) return warn("has never run", schedule);
  const agoMs = Math.max(0, now.getTime() - lastSign(run));
  const why = run.reason === null ? "" : `: ${run.reason}`;
  const ended = `${span(agoMs)} ago, ${run.outcome}${why}`;
  switch (run.outcome) {
    case "running":
      return ok(`started ${span(agoMs)} ago, still running`);
    case "died":
      return warn(
        `${span(agoMs)} ago, died on ${run.host} (pid ${run.pid})`,
        `find out on that host what killed it (memory? deadline?): \`family-hub-jobs runs --command ${command} -o wide\``,
      );
    case "unavailable":
    case "refused":
      return warn(ended, untilHealthy(`run \`family-hub-jobs ${command}\``));
    case "completed":
    case "stopped":
    case "paused":
    case "interrupted": {
      const late = agoMs > idleMs;
      // Everywhere else, a run that lacked keys is not called completed.
      const keyless = run.reason?.startsWith(MISSING_KEYS) === true;
      const end = keyless ? `${span(agoMs)} ago${why}` : ended;
      const found = late ? `last ran ${end}` : end;
      const then = late ? `; if no run starts after that, ${schedule}` : "";
      if (keyless) return warn(`${found} (on ${run.host})`, `${BRING_KEYS}${then}`);
      if ((run.counts["refusedCount"] ?? 0) > 0) return warn(ended, REFUSED);
      if (pause !== null && late) return warn(found, `${resumeAdvice(pause.actor)}${then}`);
      return late ? warn(found, schedule) : withLosses(ended, run);
    }
    default:
      return run.outcome satisfies never;
  }
}

const BRING_KEYS =
  'restore the missing keys to the ring on each host that runs start on: docs/runbook.md, "A password key is missing"';

/** Doctor's other checks are more current than the reason of an older run. */
function untilHealthy(then: string): string {
  return (
    "apply the fixes that doctor shows for Postgres and Zitadel; " +
    `if it shows none, they are healthy again: ${then}, or wait for the next run`
  );
}

/** Reported here because the log could not: under cron, exit code 74 is easily overlooked. */
function withLosses(ended: string, { command, counts, host }: ListedRun): Finding {
  const { linesLost = 0 } = counts;
  if (linesLost === 0) return ok(ended);
  return warn(
    `${ended}; ${plural(linesLost, "line")} of its log or output could not be written`,
    `check where ${command} writes its output on ${host}, for example for a full disk: \`df -h\``,
  );
}

const REFUSED =
  'change these rows or the rule that refuses them: docs/runbook.md, "The database refuses a row", has the SQL';

/** Up to this number, they are listed one by one. */
const ROWS_NAMED = 5;

export const IMPOSSIBLE_ROWS: Check = {
  name: "impossible rows",
  group: "Runs",
  needs: ["tables"],
  look: async (context) => {
    const rows = await listImpossible(await context.postgres(), ROWS_NAMED + 1);
    if (rows.length === 0) return ok("none");
    const named = rows
      .slice(0, ROWS_NAMED)
      .map((row) =>
        warn(
          `job ${row.id} has ${impossibleValue(row)}: runs skip it`,
          `look at it (\`queue show\`), then in psql as the owner of the table: ${fixFor(row)}`,
        ),
      );
    if (rows.length === named.length) return named;
    return [
      ...named,
      warn(
        "there are more",
        "`family-hub-jobs queue list --impossible` shows all, with their fixes",
      ),
    ];
  },
};

function impossibleValue({ status, retryCount }: ImpossibleRow): string {
  const known = JOB_STATUSES.some((each) => each === status);
  return known ? `retry_count ${retryCount}` : `status "${status}"`;
}
