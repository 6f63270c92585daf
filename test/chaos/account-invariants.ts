// What must hold of the accounts in Zitadel: one a job, its own, and nobody called somebody else who is not.
import type { ListedUser } from "../support/zitadel-emulator/user-record.ts";
import type { RoundDatabase, Stage } from "./stage.ts";
import type { Troubles } from "./troubles.ts";
import { OUT_OF_SIGHT } from "./zitadel-trouble.ts";

interface Job {
  readonly id: string;
  /** What was sent to Zitadel, where it has a user row: FamilyHub's API may have moved the job since. */
  readonly familyId: string;
  readonly status: string;
  readonly code: string | null;
  /** The last retry was used up, and nothing has proven it: the message says so. */
  readonly probable: boolean;
}

const JOBS = `
  select q.id, coalesce(u.family_id, q.family_id) as "familyId", q.status, q.last_error_code as code,
         coalesce(q.last_error_message like '%probably%', false) as probable
  from auth.queued_managed_account_creations q
  left join auth.users u on u.external_user_id = q.id::text`;

/** @returns one sentence for each broken promise */
export async function checkAccounts(
  stage: Stage,
  db: RoundDatabase,
  trouble: Troubles,
): Promise<string[]> {
  const users = await stage.zitadel.control.listUsers();
  const accounts = users.filter(({ orgId }) => orgId !== OUT_OF_SIGHT);
  const jobs = await db.query<Job>(JOBS);
  const byId = new Map(accounts.map((account) => [account.userId, account]));
  const known = new Map(jobs.map((job) => [job.id, job]));
  const violations: string[] = [];

  for (const job of jobs) {
    const account = byId.get(job.id);
    const own = account !== undefined && isOwn(account, job);
    if (job.status === "completed" && !own) {
      violations.push(`completed job ${job.id} has no account of its own`);
    }
    if (job.status === "failed" && job.code === "id_taken" && own) {
      violations.push(`job ${job.id} failed as id_taken, yet the account is its own`);
    }
    const taken = job.code === "id_taken" || job.code === "username_taken";
    // Its account was made for the family that it had before.
    const moved = job.code === "id_taken" && trouble.familyHub.moved.has(job.id);
    const somebodyElses = trouble.zitadel.takenFrom.has(job.id) || moved;
    if (job.status === "failed" && taken && !job.probable && !somebodyElses) {
      violations.push(`job ${job.id} failed as ${job.code}, which nobody else has had`);
    }
  }
  for (const account of accounts) {
    if (!known.has(account.userId) && !(await hasTrace(db, account.userId, trouble)))
      violations.push(`account ${account.userId} has neither job nor attempt, and no log names it`);
    if (account.mailWouldHaveBeenSent) violations.push(`a mail to ${account.userId}`);
  }
  if (new Set(accounts.map((account) => account.username)).size !== accounts.length) {
    violations.push("two accounts with one username");
  }
  violations.push(...(await tellOtherNames(db, accounts)));
  const kept = accounts.filter(({ userId }) => known.has(userId));
  const allDone = jobs.every(({ status }) => status === "completed");
  if (allDone && kept.length !== jobs.length) {
    violations.push(`${kept.length} accounts for ${jobs.length} completed jobs`);
  }
  return violations;
}

/** Of a job that was deleted in flight; a run that died over it could not say anything any more. */
async function hasTrace(db: RoundDatabase, id: string, { familyHub, log }: Troubles) {
  const runId = familyHub.deleted.get(id);
  if (runId === undefined) return false;
  const traces = await db.query(
    `select from family_hub_jobs.attempts a where a.job_id = $1
     union all
     select from family_hub_jobs.runs r where r.run_id = $2 and r.finished_at is null`,
    [id, runId],
  );
  return traces.length > 0 || log.some((text) => text.includes(id));
}

/**
 * The child signs in by the name of the user row. Renames since, one by one or by a policy, are Zitadel's.
 * An adopted account was sent by an earlier run: its full name may be from before a change of the API's.
 */
async function tellOtherNames(
  db: RoundDatabase,
  accounts: readonly ListedUser[],
): Promise<string[]> {
  const rows = await db.query<{ id: string; username: string; fullName: string; adopted: boolean }>(
    `select u.external_user_id as id, u.username, u.full_name as "fullName", a.outcome = 'adopted' as adopted
     from auth.users u
     join family_hub_jobs.attempts a
       on a.job_id::text = u.external_user_id and a.outcome in ('created', 'adopted')`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return accounts.flatMap(({ userId, username, givenName, familyName }) => {
    const row = byId.get(userId);
    if (row === undefined || /^renamed_|@/.test(username)) return [];
    const whole = (name: string, fullName: string) =>
      row.adopted ? name : `${name} (${fullName})`;
    const said = whole(row.username, row.fullName);
    const is = whole(username, `${givenName} ${familyName}`);
    return said === is ? [] : [`the user row of ${userId} says ${said}, the account is ${is}`];
  });
}

function isOwn({ type, metadata }: ListedUser, job: Job): boolean {
  return (
    type === "human" &&
    metadata["familyhub.job_id"] === job.id &&
    metadata["familyhub.family_id"] === job.familyId
  );
}
