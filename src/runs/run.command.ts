// What every scheduled command prints at its end, and its exit code.
import { exitCodeOfStop } from "./stop-exit-code.ts";
import { type OutputFlags } from "../terminal/output-flags.ts";
import type { Runtime } from "../runtime.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatDuration } from "../config/units.ts";
import { lasting } from "./incident-update.text.ts";
import { runJson, runText } from "./run.text.ts";
import { NO_RUN } from "../lock/lock-attempt.ts";
import { hangsFor } from "../lock/lock-holder.ts";
import type { RunReport } from "./run.ts";
import { say } from "../terminal/say.ts";

export interface RunFlags extends OutputFlags {
  readonly wait: number;
  readonly dryRun?: boolean;
  readonly failIfLocked?: boolean;
  readonly maxLockAge: number;
}

/** @param idle nothing was due: then nothing is printed that cron would mail */
export function finishRun(
  report: RunReport<object>,
  flags: RunFlags,
  runtime: Runtime,
  idle: boolean,
): ExitCode {
  const { outcome, holder } = report;
  const heldMs = holder?.ageMs ?? holder?.idleMs ?? 0;
  const hungMs = holder === null ? null : hangsFor(holder);
  const stale = holder !== null && (heldMs > flags.maxLockAge || hungMs !== null);
  printRun(report, flags, runtime, idle || outcome === "locked");
  if (hungMs !== null) {
    say(
      runtime.stderr,
      `family-hub-jobs: ${report.command} ${outcome}: ${report.reason}. ` +
        "`family-hub-jobs doctor -q` shows where it runs and how to end it.\n",
    );
  } else if (stale) {
    say(
      runtime.stderr,
      `family-hub-jobs: ${report.command} did not run: the lock is held by ${staleness(holder, heldMs)}, ` +
        `longer than --max-lock-age ${formatDuration(flags.maxLockAge)}: ` +
        `see whether ${holder?.foreign ? "it needs that lock" : "that run still works"}, and end it if not.\n`,
    );
  } else if (outcome === "paused") {
    if (!idle && flags.quiet !== true) printStop(report, runtime);
  } else if (outcome !== "completed" && (outcome !== "locked" || lockMatters(flags, runtime))) {
    printStop(report, runtime);
  } else if (report.incident?.kind === "over") {
    say(
      runtime.stderr,
      `family-hub-jobs: ${report.command} works again${lasting(report.incident)}\n`,
    );
  }
  return exitCodeOf(report, stale || flags.failIfLocked === true);
}

/** Whether stderr has a line about why the run ended early. A held lock follows other rules. */
export function isStopReported({ outcome, incident }: RunReport<object>): boolean {
  return !["completed", "locked", "paused"].includes(outcome) && incident?.kind !== "known";
}

function printStop(
  { command, outcome, reason, incident }: RunReport<object>,
  { stderr }: Runtime,
): void {
  if (incident?.kind === "known") return;
  say(stderr, `family-hub-jobs: ${command} ${outcome}: ${reason}${lasting(incident)}\n`);
}

type Holder = NonNullable<RunReport<object>["holder"]>;

function staleness({ applicationName, ageMs, foreign }: Holder, heldMs: number): string {
  const time = `${Math.round(heldMs / 1000)} s`;
  if (foreign) return `${applicationName}, ${NO_RUN}, and has been connected for ${time}`;
  return ageMs === null
    ? `${applicationName}, whose age Postgres hides, while no run has begun for ${time}`
    : `${applicationName}, which has held the lock for ${time}`;
}

/** cron must not mail a normal overlap; after --wait, and on a terminal, it is reported. */
function lockMatters(flags: RunFlags, { stderr }: Runtime): boolean {
  return flags.failIfLocked === true || flags.wait > 0 || stderr.isTTY === true;
}

function printRun(
  report: RunReport<object>,
  flags: RunFlags,
  { stdout, stderr }: Runtime,
  idle: boolean,
): void {
  const onTerminal = stdout.isTTY === true && stderr.isTTY === true;
  const withReason = !onTerminal || !isStopReported(report);
  if (flags.json === true) stdout.write(`${runJson(report)}\n`);
  else if (flags.quiet === true) return;
  else if (!idle || flags.verbose === true || stdout.isTTY === true)
    say(stdout, `${runText(report, flags.dryRun === true, withReason)}\n`);
}

function exitCodeOf({ outcome, reason }: RunReport<object>, lockMatters: boolean): ExitCode {
  if (outcome === "completed") return EXIT.ok;
  if (outcome === "locked") return lockMatters ? EXIT.tempfail : EXIT.ok;
  return exitCodeOfStop({ outcome, reason: String(reason) });
}
