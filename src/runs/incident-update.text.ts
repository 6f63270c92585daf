// How a quiet run reports an incident that lasts over many runs.
import type { IncidentUpdate } from "./incident-update.ts";

/** Appended to the text about the trouble. */
export function lasting(incident: IncidentUpdate | null): string {
  if (incident === null || incident.kind === "began") return "";
  const { since, runs } = incident;
  const from = `${since.toISOString().slice(0, 16)}Z`;
  const count = runs === 1 ? "1 run" : `${runs} runs`;
  return incident.kind === "over"
    ? ` after the problem since ${from} (${count})`
    : ` (since ${from}, ${count})`;
}
