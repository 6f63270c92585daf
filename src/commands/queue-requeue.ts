// `queue requeue`: ids -> use case -> a line for each id.
import type { ExitCode } from "../exit-codes.ts";
import { config, underLock, type Runtime } from "../runtime.ts";
import { requeueJobs } from "../use-cases/queue-requeue.ts";
import { finishByIds, readJobIds, type ByIdFlags } from "./job-ids.ts";
import { readAction, type ActionFlags } from "./operator-action.ts";

export interface RequeueFlags extends ByIdFlags, ActionFlags {
  readonly keepRetries?: boolean;
  readonly wait: number;
}

/** Exit code 1 when an id was not found. */
export async function run(
  args: readonly string[],
  flags: RequeueFlags,
  runtime: Runtime,
): Promise<ExitCode> {
  const options = {
    ids: await readJobIds(args, "requeue", runtime),
    keepRetries: flags.keepRetries === true,
    dryRun: flags.dryRun === true,
    action: readAction(flags),
  };
  const { database } = config(runtime, "database");
  const report = await underLock(database, "queue requeue", flags.wait, (lock) =>
    requeueJobs(options, lock),
  );
  return finishByIds(report, "requeued", flags, runtime);
}
