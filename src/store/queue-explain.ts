// What stands around a job that may keep it from running: its family, its name, the runs at work.
import type { Queryable } from "./database.ts";
import { findLiveRuns } from "./live-runs.ts";
import { bearsName, QUEUE } from "./queue-sql.ts";

export interface JobSurroundings {
  /** null to a role that may not look. */
  readonly familyExists: boolean | null;
  /** By another FamilyHub user; null to a role that may not look. */
  readonly usernameHeld: boolean | null;
}

export async function readSurroundings(
  db: Queryable,
  job: { readonly id: string; readonly familyId: string },
  emailDomain: string,
): Promise<JobSurroundings> {
  const [may] = await db.query<{ families: boolean; users: boolean }>(
    `select has_column_privilege('auth.families', 'id', 'select') as families,
            (select bool_and(has_column_privilege('auth.users', name, 'select'))
             from unnest(array['username', 'email', 'external_provider', 'external_user_id']) as name) as users`,
  );
  return {
    familyExists: may?.families === true ? await familyExists(db, job.familyId) : null,
    usernameHeld: may?.users === true ? await usernameHeld(db, job.id, emailDomain) : null,
  };
}

async function familyExists(db: Queryable, familyId: string): Promise<boolean> {
  const [row] = await db.query<{ found: boolean }>(
    "select exists (select from auth.families f where f.id = $1) as found",
    [familyId],
  );
  return row?.found === true;
}

async function usernameHeld(db: Queryable, id: string, emailDomain: string): Promise<boolean> {
  const [row] = await db.query<{ held: boolean }>(
    `select exists (select from auth.users u where ${bearsName("$2::text")}) as held
     from ${QUEUE} q
     where q.id = $1`,
    [id, emailDomain],
  );
  return row?.held === true;
}

export interface WorkingRun {
  readonly runId: string;
  /** When it took its lock; null to a role that may not see it. */
  readonly since: Date | null;
  /** null before the run is in the ledger. */
  readonly host: string | null;
  readonly pid: number | null;
}

/** Runs of retry-accounts that hold a lock now, the oldest first: several, where each works a part. */
export async function listWorkingRuns(db: Queryable): Promise<WorkingRun[]> {
  const live = (await findLiveRuns(db)).filter(({ command }) => command === "retry-accounts");
  if (live.length === 0) return [];
  const lines = await db.query<{ runId: string; host: string; pid: number }>(
    `select r.run_id as "runId", r.host, r.pid
     from family_hub_jobs.runs r
     where r.run_id = any ($1::uuid[])`,
    [live.map(({ runId }) => runId)],
  );
  return live.map(({ runId, since }) => {
    const line = lines.find((found) => found.runId === runId);
    return { runId, since, host: line?.host ?? null, pid: line?.pid ?? null };
  });
}
