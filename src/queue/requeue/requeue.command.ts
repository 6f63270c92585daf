// `queue requeue`: from IDs or a filter to a line for each job.
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underLockInPieces } from "../../lock/under-lock.ts";
import { readDelay } from "../../queue-table/pause.sql.ts";
import { requeueJobs } from "./requeue.ts";
import type { JobChoice } from "../selection/selection.ts";
import {
  actOnChosen,
  countJobs,
  readChoice,
  type ChoiceFlags,
} from "../selection/chosen-jobs.command.ts";
import { finishByIds, withJobProgress } from "../selection/job-ids.command.ts";
import { readAction, type ActionFlags } from "../../command-line/operator-action.ts";
import { verifyChosen, type VerifiedJobs } from "./verified-jobs.command.ts";
import { say } from "../../terminal/say.ts";

export interface RequeueFlags extends ChoiceFlags, ActionFlags {
  readonly keepRetries?: boolean;
  /** Jobs per second. */
  readonly rate: number;
  readonly verified?: boolean;
  readonly wait: number;
}

/** Exit code 1 if an ID was not found, or the answer was no. */
export async function run(
  args: readonly string[],
  flags: RequeueFlags,
  runtime: Runtime,
): Promise<ExitCode> {
  const options = {
    keepRetries: flags.keepRetries === true,
    rate: flags.rate,
    expect: flags.expect ?? null,
    action: readAction(flags),
  };
  const verb = { name: "requeue", statuses: ["failed"] } as const;
  const jobs = await readChoice(args, flags, verb, runtime);
  const { database } = config(runtime, "database");
  let verified: VerifiedJobs | null = null;
  let delay: string | null = null;
  const action = {
    question: (count: number) => `Requeue ${countJobs(count)}`,
    act: async (chosen: JobChoice, dryRun: boolean) => {
      if (flags.verified === true) verified ??= await verifyChosen(chosen, flags, runtime);
      // After the question: only jobs that were counted and still match.
      const asChosen = "ids" in chosen || chosen.among !== undefined;
      const meant = asChosen ? chosen : (verified?.jobs ?? chosen);
      const leftOut = verified?.leftOut ?? new Map<string, string>();
      return withJobProgress("queue requeue", flags, runtime, (onProgress) =>
        underLockInPieces(database, "queue requeue", flags.wait, async (lock, db) => {
          delay = await readDelay(lock);
          const asked = { ...options, ...onProgress, jobs: meant, leftOut, dryRun };
          return requeueJobs(asked, lock, db);
        }),
      );
    },
  };
  const report = await actOnChosen(jobs, action, flags, runtime);
  if (report === null) {
    runtime.stderr.write("Nothing was requeued.\n");
    return EXIT.fault;
  }
  const code = finishByIds(report, "requeued", flags, runtime, delay);
  return finishVerified(verified, code, runtime);
}

/** A missing answer of Zitadel matters more than an ID that was not found. */
function finishVerified(
  verified: VerifiedJobs | null,
  code: ExitCode,
  { stderr }: Runtime,
): ExitCode {
  const unanswered = verified?.unanswered ?? null;
  if (unanswered === null) return code;
  say(stderr, unanswered);
  return EXIT.unavailable;
}
