// `queue verify`: ids or a filter -> use case -> a verdict on each job, as a table or data.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle } from "../report/cells.ts";
import type { CauseFormat } from "../report/list-formats.ts";
import { formatVerdicts } from "../report/verify-table.ts";
import { config, openIdentity, underReadLock, type Runtime } from "../runtime.ts";
import { readJobs, verifyJobs, type VerifyReport } from "../use-cases/queue-verify.ts";
import { readChoice } from "./chosen-jobs.ts";
import type { FilterFlags } from "./filter-flags.ts";
import { formatOf, tellPage, type PageFlags } from "./reading.ts";
import { exitCodeOfStop } from "./run-flags.ts";

export interface VerifyFlags extends PageFlags<CauseFormat>, FilterFlags {
  readonly limit?: number;
  readonly maxDuration?: number;
}

/** Of a filter's jobs: at the usual rate a minute of questions. */
const MOST_JOBS = 1000;

/** Exit code 1 when an id was not found, 69 when Zitadel left a question unanswered. */
export async function run(
  args: readonly string[],
  flags: VerifyFlags,
  runtime: Runtime,
): Promise<ExitCode> {
  const verb = { name: "verify", statuses: ["failed"] } as const;
  const choice = await readChoice(args, flags, verb, runtime);
  const { database, zitadel, retry } = config(runtime, "database", "zitadel", "retry");
  const most = "ids" in choice ? choice.ids.length : (choice.limit ?? MOST_JOBS);
  const { jobs: found, addressKnown } = await underReadLock(database, (lock) =>
    readJobs({ ...choice, limit: most + 1 }, zitadel.syntheticEmailDomain, lock),
  );
  const report = await verifyJobs(new Map([...found].slice(0, most)), {
    ...{ concurrency: retry.concurrency, maxDurationMs: flags.maxDuration ?? null },
    interrupted: runtime.onInterrupt(),
    openIdentity: () => openIdentity(zitadel, addressKnown),
  });

  const style = textStyle(runtime.stdout, runtime.env, new Date());
  runtime.stdout.write(formatVerdicts(report.jobs, formatOf(flags), style));
  const page = { shown: report.jobs.length, nextCursor: null, matching: null };
  tellPage(runtime, flags, "jobs", page);
  if (found.size > most && flags.quiet !== true) {
    runtime.stderr.write(`More jobs match: these are the oldest ${most}. Say --limit for more.\n`);
  }
  if (report.doubtful && flags.quiet !== true) runtime.stderr.write(DOUBT);
  return finish(report, runtime);
}

/** Also for `queue requeue --verified`. */
export const DOUBT =
  "family-hub-jobs: Zitadel shows no person in the organization. If there is any, the service account " +
  "may not read there (it needs ORG_USER_MANAGER), and an absent account may exist.\n";

function finish(report: VerifyReport, { stderr }: Runtime): ExitCode {
  const { jobs, stop } = report;
  if (stop !== null) {
    stderr.write(`family-hub-jobs: queue verify ${stop.outcome}: ${stop.reason}\n`);
    return exitCodeOfStop(stop);
  }
  const unanswered = tellUnanswered(report);
  if (unanswered !== null) {
    stderr.write(unanswered);
    return EXIT.unavailable;
  }
  return jobs.some(({ verdict }) => verdict === "not_found") ? EXIT.fault : EXIT.ok;
}

/** @returns null when Zitadel said something of every job */
export function tellUnanswered({ jobs }: VerifyReport): string | null {
  const unknown = jobs.filter(({ verdict }) => verdict === "unknown").length;
  if (unknown === 0) return null;
  return `family-hub-jobs: Zitadel gave no answer for ${unknown} of ${jobs.length} jobs: ask again.\n`;
}
