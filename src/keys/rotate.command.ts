// `keys rotate`: from flags to a summary, log and exit code.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { parseKeyRing } from "../passwords/key-ring.ts";
import { config, type Runtime } from "../runtime.ts";
import { runDependencies } from "../runs/run-dependencies.command.ts";
import { remarks } from "./rotate.text.ts";
import { rotateKeys, type RotateReport } from "./rotate.ts";
import { monitored } from "../monitoring/monitored.ts";
import type { RunEnd, Watch } from "../monitoring/watched-run.ts";
import { readAction, type ActionFlags } from "../command-line/operator-action.ts";
import { finishRun, type RunFlags } from "../runs/run.command.ts";
import { logImpossible, withRunLog } from "../runs/run-log.command.ts";
import { printRefused } from "../runs/print-refused.command.ts";
import { say } from "../terminal/say.ts";

export interface RotateFlags extends RunFlags, ActionFlags {
  readonly batchSize: number;
  readonly maxDuration?: number;
}

export function run(flags: RotateFlags, runtime: Runtime): Promise<ExitCode> {
  const work = (watch: Watch) => rotate(flags, runtime, watch);
  return monitored({ command: "keys rotate", shard: null, work }, flags, runtime);
}

async function rotate(flags: RotateFlags, runtime: Runtime, watch: Watch): Promise<RunEnd> {
  const settings = config(runtime, "log", "database", "passwords", "monitoring");
  const { ring, source } = settings.passwords;
  const report = await withRunLog(
    "keys rotate",
    settings.log,
    flags,
    runtime,
    watch,
    ({ log, onLocked, ...onProgress }) =>
      rotateKeys(
        {
          batchSize: flags.batchSize,
          maxDurationMs: flags.maxDuration ?? null,
          dryRun: flags.dryRun === true,
          waitMs: flags.wait,
          action: readAction(flags),
        },
        {
          ...runDependencies(runtime, settings.database, flags, { ...watch, onLocked }),
          ...onProgress,
          ring: parseKeyRing(ring, source),
          interrupted: watch.interrupted,
          onLeft: (jobId, reason) => log("warn", "password left as it is", { jobId, reason }),
          onImpossible: (jobIds) => logImpossible(log, jobIds),
        },
      ),
  );

  for (const remark of remarks(report, source)) {
    say(runtime.stderr, `family-hub-jobs: ${remark}\n`);
  }
  const finished = finishRun(report, flags, runtime, isIdle(report));
  const { missingKeys, tooLong } = report.counts;
  const left = finished === EXIT.ok && missingKeys.length + tooLong > 0;
  const ended = left ? EXIT.config : finished;
  const code = printRefused("keys rotate", report.counts, ended, runtime);
  const changed = report.counts.rotated > 0 && flags.dryRun !== true;
  if (changed && flags.json !== true && flags.quiet !== true) say(runtime.stderr, TO_UNDO);
  return { report, code };
}

const TO_UNDO =
  "To undo: put the old key first in the ring again, then family-hub-jobs keys rotate " +
  "(remove a key only once `keys list` says that it can be removed)\n";

function isIdle({ outcome, counts }: RotateReport): boolean {
  const { rotated, held, missing, undecryptable, tooLong, refusedCount } = counts;
  const seen = rotated + held + missing + undecryptable + tooLong + refusedCount;
  return outcome === "completed" && seen === 0;
}
