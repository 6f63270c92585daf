// `keys rotate`: flags -> use case -> summary, log and exit code.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { parseKeyRing } from "../passwords/key-ring.ts";
import { createLog } from "../terminal/log.ts";
import { namedKeys } from "../passwords/missing-keys.text.ts";
import { config, type Runtime } from "../runtime.ts";
import { runDependencies } from "../runs/run-dependencies.command.ts";
import { rotateKeys, type RotateReport } from "./rotate.ts";
import { monitored } from "../monitoring/monitored.ts";
import type { RunEnd, Watch } from "../monitoring/watched-run.ts";
import { readAction, type ActionFlags } from "../command-line/operator-action.ts";
import { finishRun, type RunFlags } from "../runs/run.command.ts";
import { withProgress } from "../runs/show-progress.command.ts";
import { tellRefused } from "../runs/tell-refused.command.ts";

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
  const level =
    flags.verbose === true ? "debug" : flags.quiet === true ? "warn" : settings.log.level;
  const report = await withProgress(
    "keys rotate",
    level,
    flags,
    runtime,
    ({ stderr, ...onProgress }) => {
      const { log, begin } = createLog({ ...settings.log, level }, stderr);
      const onLocked = (runId: string) => {
        begin(runId);
        watch.onLocked(runId);
      };
      return rotateKeys(
        {
          batchSize: flags.batchSize,
          maxDurationMs: flags.maxDuration ?? null,
          dryRun: flags.dryRun === true,
          waitMs: flags.wait,
          action: readAction(flags),
        },
        {
          ...runDependencies(runtime, settings.database, flags, onLocked),
          ...onProgress,
          ring: parseKeyRing(ring, source),
          interrupted: watch.interrupted,
          onLeft: (jobId, reason) => log("warn", "password left as it is", { jobId, reason }),
          onImpossible: (jobIds) =>
            log("warn", "rows with an unknown status or an impossible retry_count are skipped", {
              jobIds,
            }),
        },
      );
    },
  );

  const { missingKeys, tooLong, held } = report.counts;
  if (missingKeys.length > 0) {
    runtime.stderr.write(
      `family-hub-jobs: jobs need password keys that ${source} lacks: ${namedKeys(missingKeys)}. ` +
        "Restore them to the ring and rotate again; the other jobs were processed.\n",
    );
  }
  if (held > 0 && report.outcome === "completed") {
    runtime.stderr.write(
      `family-hub-jobs: jobs held by a run, so they keep their old key: ${held}. ` +
        "Rotate again when it has ended (`family-hub-jobs queue list --status processing`).\n",
    );
  }
  if (tooLong > 0) {
    runtime.stderr.write(
      `family-hub-jobs: passwords too long for their column under the first key: ${tooLong}. ` +
        "Keep their old key in the ring, or rotate to one with a shorter kid or of type oct.\n",
    );
  }
  const code = finishRun(report, flags, runtime, isIdle(report));
  const left = code === EXIT.ok && missingKeys.length + tooLong > 0;
  const ended = left ? EXIT.config : code;
  return { report, code: tellRefused("keys rotate", report.counts, ended, runtime) };
}

function isIdle({ outcome, counts }: RotateReport): boolean {
  const { rotated, held, missing, undecryptable, tooLong, refusedCount } = counts;
  const seen = rotated + held + missing + undecryptable + tooLong + refusedCount;
  return outcome === "completed" && seen === 0;
}
