// What must hold of the accounts in Zitadel: one a job, its own, and nobody called somebody else who is not.
import type { ListedUser } from "../support/zitadel-emulator/user-record.ts";
import type { RoundDatabase, Stage } from "./stage.ts";
import { OUT_OF_SIGHT, type ZitadelTrouble } from "./zitadel-trouble.ts";

interface Job {
  readonly id: string;
  readonly familyId: string;
  readonly status: string;
  readonly code: string | null;
  /** The last retry was used up, and nothing has proven it: the message says so. */
  readonly probable: boolean;
}

const JOBS = `
  select id, family_id as "familyId", status, last_error_code as code,
         coalesce(last_error_message like '%probably%', false) as probable
  from auth.queued_managed_account_creations`;

/** @returns one sentence for each broken promise */
export async function checkAccounts(
  stage: Stage,
  db: RoundDatabase,
  trouble: Pick<ZitadelTrouble, "takenFrom">,
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
    if (job.status === "failed" && taken && !job.probable && !trouble.takenFrom.has(job.id)) {
      violations.push(`job ${job.id} failed as ${job.code}, which nobody else has had`);
    }
  }
  for (const account of accounts) {
    if (!known.has(account.userId)) violations.push(`account ${account.userId} has no job`);
    if (account.mailWouldHaveBeenSent) violations.push(`a mail to ${account.userId}`);
  }
  if (new Set(accounts.map((account) => account.username)).size !== accounts.length) {
    violations.push("two accounts with one username");
  }
  const allDone = jobs.every(({ status }) => status === "completed");
  if (allDone && accounts.length !== jobs.length) {
    violations.push(`${accounts.length} accounts for ${jobs.length} completed jobs`);
  }
  return violations;
}

function isOwn({ type, metadata }: ListedUser, job: Job): boolean {
  return (
    type === "human" &&
    metadata["familyhub.job_id"] === job.id &&
    metadata["familyhub.family_id"] === job.familyId
  );
}
