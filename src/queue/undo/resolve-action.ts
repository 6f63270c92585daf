// Finds the operator action for a shortened ID.
import { isCompleteId } from "../../domain/short-id.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { findActionsInRange, type CandidateAction } from "./resolve-action.sql.ts";
import {
  MOST_CANDIDATES,
  refuseAmbiguous,
  refuseUnknown,
  type TypedId,
} from "../selection/typed-id.ts";

/**
 * A complete ID is not looked up.
 * @throws UsageError if several IDs begin this way, naming them
 * @throws NotFoundError if none does
 */
export async function resolveAction({ named, range }: TypedId, lock: HeldLock): Promise<string> {
  if (isCompleteId(range)) return range.from;
  const actions = await findActionsInRange(lock, range, MOST_CANDIDATES);
  const [action, ...others] = actions;
  if (action === undefined) return refuseUnknown(named, "action");
  if (others.length === 0) return action.id;
  return refuseAmbiguous(named, actions.map(described), "Type more of its ID.");
}

function described({ id, verb, actor, at, count }: CandidateAction): string {
  return `${id}  ${verb} by ${actor} at ${at.toISOString()}, ${count} ${count === 1 ? "job" : "jobs"}`;
}
