// Which run holds a job, and whether that run is still alive.
import { formatMoment } from "../../domain/when.ts";
import type { JobFacts } from "./facts.ts";
import { reason, hostAndPid, type Reason } from "./reason.ts";

export function held(until: Date | null, facts: JobFacts): Reason {
  const { holder, now, working: runs, job } = facts;
  const end = until === null ? "its lease ends" : formatMoment(until, now);
  if (holder === null || holder.runId === null) {
    const since = formatMoment(job.updatedAt, now);
    const who =
      "no run of this tool holds it: FamilyHub's API or an older worker left it like that";
    return reason(
      "held_elsewhere",
      `It is processing, but ${who} at ${since}. A run recovers it after ${end}.`,
    );
  }
  const who = `Run ${holder.runId}${hostAndPid(holder)}`;
  // Only retry-accounts holds jobs, and a working run holds its lock.
  const alive = runs.some(({ runId }) => runId === holder.runId);
  return alive
    ? reason(
        "leased",
        `${who} is working on it, under a lease until ${end}, which it renews while it runs.`,
      )
    : reason(
        "leased",
        `${who} has it under a lease until ${end}, but it is no longer running. After that time another run recovers the job.`,
      );
}

export function stuck(since: Date | null, { holder, now, job, working: runs }: JobFacts): Reason {
  const over = since === null ? "" : ` at ${formatMoment(since, now)}`;
  if (holder === null || holder.runId === null) {
    const left = formatMoment(job.updatedAt, now);
    return reason(
      "stuck",
      `FamilyHub's API or an older worker left it processing at ${left}. The next run that reaches Zitadel recovers it.`,
    );
  }
  const lives = runs.some(({ runId }) => runId === holder.runId);
  const state = lives
    ? "has not renewed its lease, which ended"
    : "died while working on it; its lease ended";
  return reason(
    "stuck",
    `Run ${holder.runId}${hostAndPid(holder)} ${state}${over}. ${lives ? "When that run has been ended, the" : "The"} next run that reaches Zitadel recovers it.`,
  );
}
