// `queue verify`: ids -> use case -> a verdict for each, as a table or data.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle } from "../report/cells.ts";
import type { CauseFormat } from "../report/list-formats.ts";
import { formatVerdicts } from "../report/verify-table.ts";
import { config, openIdentity, underReadLock, type Runtime } from "../runtime.ts";
import { readJobs, verifyJobs, type VerifyReport } from "../use-cases/queue-verify.ts";
import { readJobIds } from "./job-ids.ts";
import { formatOf, type PageFlags } from "./reading.ts";
import { exitCodeOfStop } from "./run-flags.ts";

export interface VerifyFlags extends PageFlags<CauseFormat> {
  readonly maxDuration?: number;
}

/** Exit code 1 when an id was not found, 69 when Zitadel left a question unanswered. */
export async function run(
  args: readonly string[],
  flags: VerifyFlags,
  runtime: Runtime,
): Promise<ExitCode> {
  const ids = await readJobIds(args, "verify", runtime);
  const { database, zitadel, retry } = config(runtime, "database", "zitadel", "retry");
  const interrupted = runtime.onInterrupt();
  const jobs = await underReadLock(database, (lock) =>
    readJobs(ids, zitadel.syntheticEmailDomain, lock),
  );
  const report = await verifyJobs(jobs, {
    ...{ concurrency: retry.concurrency, maxDurationMs: flags.maxDuration ?? null, interrupted },
    openIdentity: () => openIdentity(zitadel),
  });

  const style = textStyle(runtime.stdout, runtime.env, new Date());
  runtime.stdout.write(formatVerdicts(report.jobs, formatOf(flags), style));
  if (report.doubtful && flags.quiet !== true) runtime.stderr.write(DOUBT);
  return finish(report, runtime);
}

/** Also for `queue requeue --verified`. */
export const DOUBT =
  "family-hub-jobs: Zitadel shows no person in the organization. If there is any, the service account " +
  "may not read there (it needs ORG_USER_MANAGER), and an absent account may exist.\n";

function finish({ jobs, stop }: VerifyReport, { stderr }: Runtime): ExitCode {
  if (stop !== null) {
    stderr.write(`family-hub-jobs: queue verify ${stop.outcome}: ${stop.reason}\n`);
    return exitCodeOfStop(stop);
  }
  const unknown = jobs.filter(({ verdict }) => verdict === "unknown").length;
  if (unknown > 0) {
    stderr.write(
      `family-hub-jobs: Zitadel gave no answer for ${unknown} of the jobs: ask again.\n`,
    );
    return EXIT.unavailable;
  }
  return jobs.some(({ verdict }) => verdict === "not_found") ? EXIT.fault : EXIT.ok;
}
