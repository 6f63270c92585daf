// `queue explain` for people: a few points, a paragraph each.
import type { Explanation } from "../use-cases/queue-explain.ts";
import { colored, type TextStyle } from "./cells.ts";
import { oneLine } from "../one-line.ts";
import { formatPoints } from "./points.ts";

/** @param width columns to wrap at; null for one line a paragraph */
export function formatExplanation(
  { id, status, reasons, soFar, next, requeue }: Explanation,
  width: number | null,
  style: TextStyle,
): string {
  const points = [
    { name: "Why not now", texts: reasons.map(({ text }) => oneLine(text)) },
    { name: "So far", texts: [oneLine(soFar)] },
    { name: "Next try", texts: [oneLine(next)] },
    { name: "Requeue", texts: [oneLine(requeue.text)] },
  ];
  return `Job ${id}: ${colored(status, style)}\n\n${formatPoints(points, width)}`;
}
