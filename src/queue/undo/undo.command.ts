// `queue undo`: from an action to a line for each of its jobs.
import { UsageError } from "../../errors.ts";
import type { ExitCode } from "../../exit-codes.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underLockInPieces } from "../../lock/under-lock.ts";
import { undoAction } from "./undo.ts";
import { readTypedId } from "../selection/typed-id.ts";
import { finishByIds, withJobProgress, type ByIdFlags } from "../selection/job-ids.command.ts";
import { readAction, type ActionFlags } from "../../command-line/operator-action.ts";

export interface UndoFlags extends ByIdFlags, ActionFlags {
  readonly list?: boolean;
  readonly wait: number;
}

/** Exit code 1 if there is no such action. */
export async function run(
  id: string | undefined,
  flags: UndoFlags,
  runtime: Runtime,
): Promise<ExitCode> {
  if (id === undefined) {
    throw new UsageError("Name the action to undo: `queue undo --list` lists the last ones.");
  }
  if (flags.list === true) throw new UsageError("--list takes no action ID.");
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
