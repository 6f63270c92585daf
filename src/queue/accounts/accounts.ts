// Checks whether the accounts of jobs exist; changes nothing in the queue or in Zitadel.
import { wasNameRefused } from "../../domain/cause.ts";
import type { IdList } from "../../domain/id-list.ts";
import type { RunStop } from "../../domain/outcome.ts";
import type { AccountLookup } from "../../domain/account-lookup.ts";
import type { JudgedJob } from "../../domain/verdict-advice.ts";
import {
  judgeByFamilyHub,
  judgeByLookup,
  NOT_FOUND,
  unknown,
  type JobVerdict,
} from "../../domain/verdict.ts";
import type { OnProgress } from "../../terminal/progress-count.ts";
import type { LastContact } from "../../domain/last-contact.ts";
import type { IdentityProvider } from "../../zitadel/identity-provider.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { readLastContact } from "../../queue-table/last-contact.sql.ts";
import { readJobsToVerify, type JobToVerify } from "./accounts.sql.ts";
import { askForAccounts, type AskDependencies } from "./ask-for-accounts.ts";
import { findInvalidity } from "../../domain/job-validity.ts";

export interface VerifiedJob extends JobVerdict {
  readonly id: string;
  /** null, like the username, if no job has the ID. */
  readonly status: string | null;
  readonly username: string | null;
}

export interface VerifyReport {
  /** In the order of the given IDs. */
  readonly jobs: readonly VerifiedJob[];
  /** Why Zitadel was not asked for all; null if it was. */
  readonly stop: RunStop | null;
  /** Of some jobs it is only known that Zitadel does not show them, and it has shown no user at all. */
  readonly doubtful: boolean;
}

export type JobsToVerify = ReadonlyMap<string, JobToVerify | null>;

/** How many to read at once: the time goes into round trips, not into rows. */
const PIECE = 1000;

/** Everything that is read from Postgres before its lock is released. */
export interface ReadJobs {
  /** By ID; null if no job has it. */
  readonly jobs: JobsToVerify;
  readonly lastContact: LastContact | null;
}

export async function readJobs(
  ids: readonly string[],
  emailDomain: string,
  lock: HeldLock,
): Promise<ReadJobs> {
  const found = await readJobsToVerify(lock, ids, emailDomain);
  const byId = new Map(found.map((job) => [job.id, job]));
  const jobs = new Map(ids.map((id) => [id, byId.get(id) ?? null]));
  return { jobs, lastContact: await readLastContact(lock) };
}

export interface VerifyDependencies extends Omit<AskDependencies, "openIdentity"> {
  /** Takes a lock and releases it before Zitadel is asked. */
  read(ids: readonly string[]): Promise<ReadJobs>;
  openIdentity(last: LastContact | null): Promise<IdentityProvider>;
  readonly onProgress?: OnProgress;
}

/**
 * Verifies any number of jobs in pieces, with one connection to Zitadel. Once Zitadel cannot be asked any
 * more, FamilyHub's data decides for the rest.
 * @param verify called with the jobs of each piece
 */
export async function* verifyInPieces<Report extends VerifyReport>(
  ids: IdList,
  deps: VerifyDependencies,
  verify: (jobs: JobsToVerify, deps: AskDependencies, stop: RunStop | null) => Promise<Report>,
): AsyncGenerator<Report> {
  const startMs = performance.now();
  const { maxDurationMs } = deps;
  let identity: IdentityProvider | null = null;
  let stop: RunStop | null = null;
  let passed = 0;
  const reportDone = (done: number) => deps.onProgress?.({ done, total: ids.length, counts: {} });
  try {
    for (const piece of ids.pieces(PIECE)) {
      const { jobs, lastContact } = await deps.read(piece);
      const leftMs =
        maxDurationMs === null ? null : Math.max(0, maxDurationMs - (performance.now() - startMs));
      const openIdentity = async () => {
        identity ??= await deps.openIdentity(lastContact);
        return { ...identity, close: () => undefined };
      };
      let answered = passed;
      const onAnswer = () => reportDone((answered += 1));
      const report: Report = await verify(
        jobs,
        { ...deps, maxDurationMs: leftMs, openIdentity, onAnswer },
        stop,
      );
      ({ stop } = report);
      reportDone((passed += piece.length));
      yield report;
    }
  } finally {
    (identity as IdentityProvider | null)?.close();
  }
}

/**
 * Call it without a lock: it takes as long as Zitadel does.
 * @param stopped why Zitadel is not asked any more; null to ask
 */
export async function verifyJobs(
  jobs: JobsToVerify,
  deps: AskDependencies,
  stopped: RunStop | null,
): Promise<VerifyReport> {
  const open = [...jobs.values()].filter((job) => job !== null);
  const toAsk = open.filter((job) => judgeByFamilyHub(judged(job)) === null);
  const asked = toAsk.map((job) => ({ ...job, nameRefused: wasNameRefused(job) }));
  const { seen, stop } =
    stopped === null
      ? await askForAccounts(asked, deps)
      : { seen: new Map<string, AccountLookup>(), stop: stopped };
  const unasked = unknown(`not asked: ${stop?.reason ?? "the run ended"}`);
  const verified = [...jobs].map(([id, job]): VerifiedJob => {
    if (job === null) return { id, status: null, username: null, ...NOT_FOUND };
    const { status, username } = job;
    return { id, status, username, ...verdictOn(judged(job), seen.get(id), unasked) };
  });
  const doubtful = [...seen.values()].some((lookup) => lookup.kind === "absent" && lookup.doubtful);
  return { jobs: verified, stop, doubtful };
}

function verdictOn(
  job: JudgedJob,
  lookup: AccountLookup | undefined,
  unasked: JobVerdict,
): JobVerdict {
  const known = judgeByFamilyHub(job);
  if (known !== null) return known;
  return lookup === undefined ? unasked : judgeByLookup(job, lookup);
}

function judged(job: JobToVerify): JudgedJob {
  const { id, status, retryCount, erased, code, grpcCode, zitadelErrorId } = job;
  const invalidity = findInvalidity({
    ...{ username: job.username, fullName: job.fullName, role: job.role },
    // Without permission to read these, assume the best; a user who has the name is reported in more detail.
    ...{ family: job.family ?? "present", usernameHeld: false },
  });
  return {
    ...{ id, status, retryCount, erased },
    cause: { code, grpcCode, zitadelErrorId },
    invalidity: invalidity?.message ?? null,
    holder: job.usernameHeld === true ? { zitadelUserId: job.heldBy } : null,
  };
}
