// The last requeues for people.
import { idCell, NONE, whenItBegan, type TextStyle } from "../../terminal/cells.ts";
import { oneLine } from "../../one-line.ts";
import { drawEverything, type Column } from "../../terminal/table.ts";
import { undoableText } from "../selection/requeues.text.ts";
import type { Requeue } from "../selection/requeues.sql.ts";

/** An ID that is cut cannot be typed, and the reason is needed to decide. */
export function formatRequeues(requeues: readonly Requeue[], style: TextStyle): string {
  if (requeues.length === 0) return "";
  const requeued = whenItBegan("REQUEUED", false, style);
  const columns: Column<Requeue>[] = [
    { head: "ACTION", rank: 0, cell: ({ actionId }) => idCell(actionId, style) },
    { head: requeued.head, rank: 1, cell: ({ at }) => requeued.cell(at) },
    { head: "JOBS", rank: 1, cell: ({ jobs }) => jobs.toLocaleString("en-US") },
    { head: "UNDOABLE", rank: 1, cell: ({ undoable }) => undoableText(undoable) },
    { head: "BY", rank: 1, cell: ({ actor }) => oneLine(actor) },
    { head: "REASON", rank: 1, cut: "text", cell: ({ reason }) => oneLine(reason ?? NONE) },
  ];
  return drawEverything(columns, requeues, style.width);
}
