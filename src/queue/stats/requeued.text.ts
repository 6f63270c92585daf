// Requeues of many jobs that can still be undone.
import { span } from "../../domain/when.ts";
import { oneLine } from "../../one-line.ts";
import { undoableText } from "../selection/requeues.text.ts";
import type { Requeue } from "../selection/requeues.sql.ts";
import { grouped } from "./outlook.text.ts";
import type { QueueStats } from "./stats.ts";

/** Within this time, someone may have requeued too much without knowing it yet. */
const RECENT_MS = 3_600_000;

export function requeued(
  { bigRequeues }: QueueStats,
  now: Date,
  age: "recent" | "older",
): string[] {
  return bigRequeues
    .map((requeue) => ({ requeue, agoMs: now.getTime() - requeue.at.getTime() }))
    .filter(({ agoMs }) => agoMs < RECENT_MS === (age === "recent"))
    .map(({ requeue, agoMs }) => requeuedText(requeue, span(agoMs)));
}

function requeuedText({ actionId, actor, reason, jobs, undoable }: Requeue, ago: string): string {
  const why = reason === null ? "" : `: ${oneLine(reason)}`;
  return (
    `${grouped(jobs)} jobs ${ago} ago by ${oneLine(actor)}${why}; ${undoableText(undoable)} have not run since. ` +
    `If that was a mistake: \`fhj queue undo ${actionId}\`.`
  );
}
