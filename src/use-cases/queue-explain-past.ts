// What happened to a job so far, in one line.
import { tellMoment } from "../domain/when.ts";
import type { PastAttempt } from "../store/job-history.ts";
import type { JobFacts } from "./queue-explain-facts.ts";
import { because } from "./queue-explain-words.ts";

export function soFar({ attempts, job, now }: JobFacts): string {
  const [first, last] = [attempts[0], attempts.at(-1)];
  if (first === undefined || last === undefined) {
    const said = [job.lastErrorCode, job.lastErrorMessage].filter(Boolean).join(": ");
    return said === "" ? "No attempt yet." : `No attempt is recorded; the job itself says ${said}.`;
  }
  const ending = `after ${took(last.durationMs)}${because(last.message)}`;
  if (attempts.length === 1) {
    return `1 attempt at ${tellMoment(first.at, now)}: ${nameOf(first)} ${ending}.`;
  }
  const what = inARow(attempts)
    .map(({ name, times }) => (times === 1 ? name : `${times} times ${name}`))
    .join(", then ");
  const since = `${attempts.length} attempts since ${tellMoment(first.at, now)}: ${what}`;
  return `${since}. The last one ended at ${tellMoment(last.at, now)} ${ending}.`;
}

function nameOf({ outcome, errorCode }: PastAttempt): string {
  return errorCode ?? outcome;
}

function inARow(attempts: readonly PastAttempt[]): { name: string; times: number }[] {
  const rows: { name: string; times: number }[] = [];
  for (const attempt of attempts) {
    const name = nameOf(attempt);
    const row = rows.at(-1);
    if (row?.name === name) row.times += 1;
    else rows.push({ name, times: 1 });
  }
  return rows;
}

function took(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
