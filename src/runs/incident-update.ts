// Decides whether a quiet run reports an incident: when it begins, once an hour, and when it is over.
import type { Incident, Trouble } from "./incident.sql.ts";

export interface IncidentUpdate {
  /** `known` is not reported again. */
  readonly kind: "began" | "known" | "lasts" | "over";
  /** Since when runs have had the trouble, including this one while it lasts. */
  readonly since: Date;
  readonly runs: number;
}

const HOUR_MS = 3_600_000;

/**
 * @param trouble of the run that now reports, which began at `now`
 * @param before the incident of earlier runs, from the ledger
 * @returns null if there is nothing to report
 */
export function incidentUpdate(
  trouble: Trouble | null,
  before: Incident | null,
  now: Date,
): IncidentUpdate | null {
  if (trouble === null) {
    if (before === null || before.trouble === null || isTemporary(before)) return null;
    return { kind: "over", since: before.since, runs: before.runs };
  }
  if (before?.trouble !== trouble) {
    // A queue that is empty every other minute is one backlog, not thirty an hour.
    const recent = trouble === "backlog" && sinceMs(before?.sameTroubleAt ?? null, now) < HOUR_MS;
    return { kind: recent ? "known" : "began", since: now, runs: 1 };
  }
  const { since, lastRunAt, runs } = before;
  const hour = (at: Date) => Math.floor((at.getTime() - since.getTime()) / HOUR_MS);
  return { kind: hour(now) > hour(lastRunAt) ? "lasts" : "known", since, runs: runs + 1 };
}

function isTemporary({ trouble, runs }: Incident): boolean {
  return trouble === "backlog" && runs === 1;
}

function sinceMs(at: Date | null, now: Date): number {
  return at === null ? Infinity : now.getTime() - at.getTime();
}
