// `queue cancel`: from IDs or a filter to a line for each job.
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underLockInPieces } from "../../lock/under-lock.ts";
import { cancelInQueue } from "./cancel.ts";
import {
  actOnChosen,
  countJobs,
  readChoice,
  type ChoiceFlags,
} from "../selection/chosen-jobs.command.ts";
import { finishByIds, withJobProgress } from "../selection/job-ids.command.ts";
import { readAction, type ActionFlags } from "../../command-line/operator-action.ts";

export interface CancelFlags extends ChoiceFlags, ActionFlags {
  readonly wait: number;
}

/** Exit code 1 if an ID was not found, or the answer was no. */
export async function run(
  args: readonly string[],
  flags: CancelFlags,
  runtime: Runtime,
): Promise<ExitCode> {
  const options = { expect: flags.expect ?? null, action: readAction(flags) };
  const verb = { name: "cancel", statuses: ["pending", "failed"] } as const;
  const jobs = await readChoice(args, flags, verb, runtime);
  const { database } = config(runtime, "database");
  const action = {
    question: (count: number) => `Permanently cancel ${countJobs(count)} and erase the passwords`,
    act: (chosen: typeof jobs, dryRun: boolean) =>
      withJobProgress("queue cancel", flags, runtime, (onProgress) =>
        underLockInPieces(database, "queue cancel", flags.wait, (lock, db) =>
          cancelInQueue({ ...options, ...onProgress, jobs: chosen, dryRun }, lock, db),
        ),
      ),
  };
  const report = await actOnChosen(jobs, action, flags, runtime);
  if (report !== null) return finishByIds(report, "canceled", flags, runtime);
  runtime.stderr.write("Nothing was canceled.\n");
  return EXIT.fault;
}
