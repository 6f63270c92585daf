// How many jobs of a requeue an undo would still change, for people.
import { UNDOABLE_CAP } from "./requeues.sql.ts";

export function undoableText(undoable: number): string {
  return undoable < UNDOABLE_CAP ? String(undoable) : `${UNDOABLE_CAP.toLocaleString("en-US")}+`;
}
