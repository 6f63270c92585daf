// Takes a requeue back where its jobs have not run since.
import { NotFoundError, UsageError } from "../errors.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import {
  readActionVerbs,
  readUndoable,
  undoRequeue,
  type UndoCandidate,
} from "../store/job-undo.ts";
import type { OperatorAction } from "../store/operator-store.ts";
import { doneById, whoHolds, type DoneById } from "./by-id.ts";

export interface UndoOptions {
  /** What is to be taken back. */
  readonly actionId: string;
  readonly dryRun: boolean;
  readonly action: OperatorAction;
}

/**
 * Doing it twice changes nothing the second time: the jobs are failed by then, and skipped.
 * @throws NotFoundError when nobody did such an action
 * @throws UsageError for one that cannot be taken back
 */
export async function undoAction(
  { actionId, dryRun, action }: UndoOptions,
  lock: HeldLock,
): Promise<DoneById> {
  checkUndoable(actionId, await readActionVerbs(lock, actionId));
  const { undone, asked } = dryRun
    ? planned(await readUndoable(lock, actionId))
    : await undoRequeue(lock, actionId, action);
  const ids = asked.map(({ id }) => id);
  return doneById(ids, undone, new Map(asked.map((job) => [job.id, job])), reasonFor);
}

function checkUndoable(actionId: string, verbs: readonly string[]): void {
  const verb = verbs.find((name) => name !== "requeue") ?? verbs[0];
  if (verb === "requeue") return;
  if (verb === undefined) {
    throw new NotFoundError(
      `There is no action ${actionId}: \`queue requeue\` names it, and \`queue show ID\` for each job.`,
    );
  }
  const why =
    verb === "undo"
      ? "`queue requeue` lets the jobs go again"
      : "the passwords are erased; `queue add` queues an account anew";
  throw new UsageError(`Action ${actionId} is a ${verb}, which cannot be undone: ${why}.`);
}

function planned(asked: readonly UndoCandidate[]) {
  const undoable = asked.filter((job) => job.verdict === "undoable");
  return { undone: undoable.map((job) => job.id), asked };
}

function reasonFor(job: UndoCandidate): string {
  switch (job.verdict) {
    case "gone":
      return "deleted since";
    case "processing":
      return whoHolds(job);
    case "undone":
      return "undone already";
    case "overtaken":
      return `${job.status}: an operator has acted on it since`;
    case "ran":
      return `${job.status}: it has run since`;
    case "undoable":
      return "FamilyHub's database left it as it was";
    default:
      return job.verdict satisfies never;
  }
}
