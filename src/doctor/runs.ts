// Checks of what was run: did each scheduled command run lately, how did it end, is the breaker open.
import { JOB_STATUSES } from "../domain/job.ts";
import { span } from "../domain/when.ts";
import { readBreaker } from "../queue-table/breaker.sql.ts";
import type { Queryable } from "../postgres/database.ts";
import { fixFor, listImpossible, type ImpossibleRow } from "../queue-table/impossible-rows.sql.ts";
import { readClock } from "./server.sql.ts";
import { listRuns, type ListedRun } from "../runs/runs.sql.ts";
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
    const findings: Finding[] = [];
    for (const [command, limit] of Object.entries(SCHEDULE)) {
      const last = await lastRun(db, command);
      const idleMs = context.limits[limit];
      findings.push({ ...judge(command, last, now, idleMs), name: command });
    }
    return [...findings, ...(await orphaned(db))];
  },
};

/** A later run may have gone well: its own line does not tell of them. */
async function orphaned(db: Queryable): Promise<Finding[]> {
  const { jobs, until } = await countOrphanedJobs(db);
  if (until === null) return [];
  const found = warn(
    `${plural(jobs, "job")} left by a run that died, under a lease until ${until.toISOString()}`,
    "nothing to do: the first `retry-accounts` after that time recovers them",
  );
  return [{ ...found, name: "orphaned jobs" }];
}

async function lastRun(db: Queryable, command: string): Promise<ListedRun | null> {
  const filter = { commands: [command], outcomes: [], since: null, dryRuns: "without" } as const;
  const { runs } = await listRuns(db, { ...filter, after: null, limit: 1 });
  return runs[0] ?? null;
}

function judge(command: string, run: ListedRun | null, now: Date, idleMs: number): Finding {
  const schedule = `schedule it with cron, systemd or Kubernetes; see the ${command} line in crontab.example`;
  if (run === null) return warn("has never run", schedule);
  const agoMs = Math.max(0, now.getTime() - run.startedAt.getTime());
  const why = run.reason === null ? "" : `: ${run.reason}`;
  const ended = `${span(agoMs)} ago, ${run.outcome}${why}`;
  switch (run.outcome) {
    case "running":
      return ok(`started ${span(agoMs)} ago, still running`);
    case "died":
      return warn(
        `${span(agoMs)} ago, died on ${run.host} (pid ${run.pid})`,
        `find out there what killed it (memory? deadline?): \`family-hub-jobs runs --command ${command} -o wide\``,
      );
    case "unavailable":
    case "refused":
      return warn(
        ended,
        `fix what doctor reports about Postgres and Zitadel, then run \`${command}\``,
      );
    case "completed":
    case "stopped":
    case "paused":
    case "interrupted":
      if ((run.counts["refusedCount"] ?? 0) > 0) return warn(ended, REFUSED);
      if (agoMs > idleMs) return warn(`last ran ${ended}`, schedule);
      return withLosses(ended, run);
    default:
      return run.outcome satisfies never;
  }
}

/** Told here because its log cannot: exit code 74 is easily overlooked under cron. */
function withLosses(ended: string, { command, counts, host }: ListedRun): Finding {
  const { linesLost = 0 } = counts;
  if (linesLost === 0) return ok(ended);
  return warn(
    `${ended}; ${plural(linesLost, "line")} of its log or output could not be written`,
    `look on ${host} where ${command} prints to, a full disk for example: \`df -h\``,
  );
}

const REFUSED =
  'change these rows or the rule that refuses them: docs/runbook.md, "The database refuses a row", has the SQL';

export const BREAKER: Check = {
  name: "breaker",
  group: "Runs",
  needs: ["tables"],
  look: async (context) => {
    const db = await context.postgres();
    const { openedAt, pausedUntil, reason } = await readBreaker(db);
    if (openedAt === null && pausedUntil === null) return ok("closed");
    const now = await readClock(db);
    const open = openedAt === null ? [] : [`open for ${span(now.getTime() - openedAt.getTime())}`];
    const paused = pausedUntil === null ? [] : [`paused until ${pausedUntil.toISOString()}`];
    const until = pausedUntil === null ? ["until a run finds Zitadel healthy"] : paused;
    return warn(
      `${[...open, ...until].join(", ")}${reason === null ? "" : `: ${reason}`}`,
      "check Zitadel (below): the next `retry-accounts` closes the breaker once Zitadel is healthy",
    );
  },
};

/** Named one by one up to here. */
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
          `job ${row.id} has ${strangeness(row)}: runs skip it`,
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

function strangeness({ status, retryCount }: ImpossibleRow): string {
  const known = JOB_STATUSES.some((each) => each === status);
  return known ? `retry_count ${retryCount}` : `status "${status}"`;
}
