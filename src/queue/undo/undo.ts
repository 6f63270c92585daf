// Undoes a requeue for jobs that have not run since.
import { IdList } from "../../domain/id-list.ts";
import { NotFoundError, UsageError } from "../../errors.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import type { Database, Queryable } from "../../postgres/database.ts";
import {
  listActionJobs,
  readActionVerbs,
  readUndoable,
  undoRequeue,
  type UndoCandidate,
} from "./undo.sql.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import type { OnProgress } from "../../terminal/progress-count.ts";
import { actOnJobs } from "../selection/act-on-jobs.ts";
import { whoHolds, type DoneById } from "../selection/by-id.ts";
import type { TypedId } from "../selection/typed-id.ts";
import { resolveAction } from "./resolve-action.ts";

export interface UndoOptions {
  /** The action to undo. */
  readonly undone: TypedId;
  readonly dryRun: boolean;
  readonly action: OperatorAction;
  readonly onProgress?: OnProgress;
}

/**
 * Repeating it changes nothing: failed jobs are skipped.
 * @throws NotFoundError if there is no such action
 * @throws UsageError if it cannot be undone, or if the ID is ambiguous
 */
export async function undoAction(
  { undone, action, ...options }: UndoOptions,
  lock: HeldLock,
  db: Database,
): Promise<DoneById> {
  const actionId = await resolveAction(undone, lock);
  checkUndoable(actionId, await readActionVerbs(lock, actionId));
  const jobs = new IdList();
  for await (const piece of listActionJobs(lock, actionId)) for (const id of piece) jobs.add(id);
  const verb = {
    done: "undone",
    look: (ids: readonly string[]) => readUndoable(lock, actionId, ids),
    isMeant: (job: UndoCandidate) => job.verdict === "undoable",
    act: (tx: Queryable, ids: readonly string[]) => undoRequeue(tx, actionId, ids, action),
    reasonFor,
  };
  return actOnJobs(jobs, verb, { ...options, expect: null }, lock, db);
}

function checkUndoable(actionId: string, verbs: readonly string[]): void {
  const verb = verbs.find((name) => name !== "requeue") ?? verbs[0];
  if (verb === "requeue") return;
  if (verb === undefined) {
    throw new NotFoundError(
      `There is no action ${actionId}: \`queue undo --list\` lists the last requeues.`,
    );
  }
  const why =
    verb === "undo"
      ? "`queue requeue` retries the jobs"
      : "the passwords are erased; `queue add` queues an account again";
  throw new UsageError(`Action ${actionId} is a ${verb}, which cannot be undone: ${why}.`);
}

function reasonFor(job: UndoCandidate): string {
  switch (job.verdict) {
    case "gone":
      return "deleted since";
    case "processing":
      return whoHolds(job);
    case "undone":
      return "already undone";
    case "overtaken":
      return `${job.status}: an operator has acted on it since`;
    case "ran":
      return `${job.status}: it has run since`;
    case "undoable":
      return "FamilyHub's database did not change it";
    default:
      return job.verdict satisfies never;
  }
}
