// The jobs that an action applies to, by ID or filter, and the question before many are changed.
import type { JobStatus } from "../../domain/job.ts";
import { UsageError } from "../../errors.ts";
import { config, type Runtime } from "../../runtime.ts";
import type { DoneById } from "./by-id.ts";
import type { JobChoice } from "./selection.ts";
import { checkAnswerable, confirm } from "../../terminal/confirm.ts";
import { isFiltered, readFilter, type FilterFlags } from "./filter.command.ts";
import { noneText } from "../../terminal/reading.ts";
import { readJobIds, type ByIdFlags } from "./job-ids.command.ts";
import { say } from "../../terminal/say.ts";

export interface ChoiceFlags extends FilterFlags, ByIdFlags {
  readonly limit?: number;
  readonly expect?: number;
  readonly yes?: boolean;
}

export interface Verb {
  readonly name: "requeue" | "cancel" | "verify";
  /** The statuses to use if the filter names none. */
  readonly statuses: readonly JobStatus[];
}

/** @throws UsageError if neither IDs nor a filter are given, or both are */
export async function readChoice(
  args: readonly string[],
  flags: ChoiceFlags,
  { name, statuses }: Verb,
  runtime: Runtime,
): Promise<JobChoice> {
  if (!isFiltered(flags)) {
    if (flags.limit !== undefined) {
      throw new UsageError("--limit needs a filter: with IDs, every job is processed.");
    }
    return { ids: await readJobIds(args, name, runtime) };
  }
  if (args.length > 0) {
    throw new UsageError(`Name the jobs to ${name} or give a filter, not both.`);
  }
  const filter = readFilter(flags);
  const ofAnyState =
    filter.statuses.length === 0 && !filter.due && !filter.stuck && !filter.impossible;
  return {
    filter: ofAnyState ? { ...filter, statuses } : filter,
    ofAnyStatus: ofAnyState,
    limit: flags.limit ?? null,
    leaseMs: config(runtime, "retry").retry.leaseMs,
  };
}

export interface ChosenAction {
  /** @param dryRun report only what would be done */
  readonly act: (jobs: JobChoice, dryRun: boolean) => Promise<DoneById>;
  /** Without question mark. */
  readonly question: (count: number) => string;
}

/**
 * Changes named jobs at once. For a filter it asks first, and then changes the jobs that were counted and
 * still match, whatever else the filter matches by then.
 * @returns null if the answer was no
 * @throws UsageError if it cannot ask, before any change
 */
export async function actOnChosen(
  jobs: JobChoice,
  { act, question }: ChosenAction,
  flags: ChoiceFlags,
  runtime: Runtime,
): Promise<DoneById | null> {
  const dryRun = flags.dryRun === true;
  if ("ids" in jobs) return act(jobs, dryRun);
  if (!dryRun) checkAnswerable("A filter may match more jobs than you expect", flags.yes, runtime);
  if (dryRun || flags.yes === true) return printMatches(await act(jobs, dryRun), flags, runtime);
  const plan = await act(jobs, true);
  const count = plan.done.length;
  if (count === 0) return printMatches(plan, flags, runtime);
  const others = plan.skipped.length;
  const aside = others === 0 ? "" : ` (${others} more match and are not touched)`;
  // No lock is held while the operator decides.
  if (!(await confirm(`${question(count)}${aside}?`, runtime))) return null;
  const report = await act({ ...jobs, among: plan.done }, false);
  const { done, skipped, refusedIds, stopped } = report;
  if (stopped === null) {
    for (const id of plan.done) {
      if (done.has(id) || refusedIds.has(id)) continue;
      skipped.add(id, "it no longer matches: it changed in the meantime");
    }
  }
  for (const { id, reason } of plan.skipped) skipped.add(id, reason);
  return report;
}

function printMatches(report: DoneById, flags: ChoiceFlags, { stderr }: Runtime): DoneById {
  const none = report.done.length + report.skipped.length === 0;
  if (none && flags.json !== true && flags.quiet !== true) say(stderr, noneText("jobs", flags));
  return report;
}

export function countJobs(count: number): string {
  return count === 1 ? "1 job" : `${count} jobs`;
}
