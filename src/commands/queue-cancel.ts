// `queue cancel`: ids -> use case -> a line for each id.
import type { ExitCode } from "../exit-codes.ts";
import { config, underLock, type Runtime } from "../runtime.ts";
import { cancelInQueue } from "../use-cases/queue-cancel.ts";
import { finishByIds, readJobIds, type ByIdFlags } from "./job-ids.ts";
import { readAction, type ActionFlags } from "./operator-action.ts";

export interface CancelFlags extends ByIdFlags, ActionFlags {
  readonly wait: number;
}

/** Exit code 1 when an id was not found. */
export async function run(
  args: readonly string[],
  flags: CancelFlags,
  runtime: Runtime,
): Promise<ExitCode> {
  const options = {
    ids: await readJobIds(args, "cancel", runtime),
    dryRun: flags.dryRun === true,
    action: readAction(flags),
  };
  const { database } = config(runtime, "database");
  const report = await underLock(database, "queue cancel", flags.wait, (lock) =>
    cancelInQueue(options, lock),
  );
  return finishByIds(report, "canceled", flags, runtime);
}
