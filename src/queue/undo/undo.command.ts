// `queue undo`: an action -> use case -> a line for each of its jobs.
import type { ExitCode } from "../../exit-codes.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underLockInPieces } from "../../lock/under-lock.ts";
import { undoAction } from "./undo.ts";
import { readTypedId } from "../selection/typed-id.ts";
import { finishByIds, withJobProgress, type ByIdFlags } from "../selection/job-ids.command.ts";
import { readAction, type ActionFlags } from "../../command-line/operator-action.ts";

export interface UndoFlags extends ByIdFlags, ActionFlags {
  readonly wait: number;
}

/** Exit code 1 when nobody did such an action. */
export async function run(id: string, flags: UndoFlags, runtime: Runtime): Promise<ExitCode> {
  const options = {
    undone: readTypedId(id, "action"),
    dryRun: flags.dryRun === true,
    action: readAction(flags),
  };
  const { database } = config(runtime, "database");
  const report = await withJobProgress("queue undo", flags, runtime, (onProgress) =>
    underLockInPieces(database, "queue requeue", flags.wait, (lock, db) =>
      undoAction({ ...options, ...onProgress }, lock, db),
    ),
  );
  return finishByIds(report, "undone", flags, runtime);
}
