// `retry-accounts`: flags -> use case -> summary, log and exit code.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import type { Contact } from "../domain/last-contact.ts";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { parseKeyRing } from "../passwords/key-ring.ts";
import { createLog } from "../terminal/log.ts";
import { namedKeys } from "../passwords/missing-keys.text.ts";
import { config, type Runtime } from "../runtime.ts";
import { openEnvelope } from "../passwords/open-envelope.ts";
import { openIdentity } from "../zitadel/open-identity.ts";
import { runDependencies } from "../runs/run-dependencies.command.ts";
import type { Shard } from "../postgres/lock-keys.ts";
import { retryAccounts, type RetryReport } from "./retry-accounts.ts";
import { monitored } from "../monitoring/monitored.ts";
import type { RunEnd, Watch } from "../monitoring/watched-run.ts";
import { lasting } from "../runs/news.text.ts";
import { finishRun, type RunFlags } from "../runs/run.command.ts";
import { logGone, logRowLocked, logSettlement } from "./settlement-log.ts";
import { readShard, type ShardFlags } from "./shard.command.ts";
import { tellRefused } from "../runs/tell-refused.command.ts";
import { withProgress } from "../runs/show-progress.command.ts";

export interface RetryFlags extends RunFlags, ShardFlags {
  readonly limit?: number;
  readonly concurrency?: number;
  readonly maxDuration?: number;
  readonly job?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly strict?: boolean;
}

const SECTIONS = ["log", "database", "zitadel", "passwords", "retry", "monitoring"] as const;

export async function run(flags: RetryFlags, runtime: Runtime): Promise<ExitCode> {
  if (flags.force === true && flags.job === undefined) {
    throw new UsageError("--force is for one job while the queue is paused: name it by --job.");
  }
  const shard = readShard(flags, runtime);
  const work = (watch: Watch) => retry(flags, shard, runtime, watch);
  const part = shard.count === 1 ? null : shard;
  return monitored({ command: "retry-accounts", shard: part, work }, flags, runtime);
}

async function retry(
  flags: RetryFlags,
  shard: Shard,
  runtime: Runtime,
  watch: Watch,
): Promise<RunEnd> {
  const settings = config(runtime, ...SECTIONS);
  const jobId = flags.job === undefined ? null : await findJob(flags.job, runtime);
  const ring = parseKeyRing(settings.passwords.ring, settings.passwords.source);
  const level =
    flags.verbose === true ? "debug" : flags.quiet === true ? "warn" : settings.log.level;
  const report = await withProgress(
    "retry-accounts",
    level,
    flags,
    runtime,
    ({ stderr, ...onProgress }) => {
      const { log, begin } = createLog({ ...settings.log, level }, stderr);
      const onLocked = (runId: string) => {
        begin(runId);
        watch.onLocked(runId);
      };
      return retryAccounts(
        {
          limit: flags.limit ?? Number.MAX_SAFE_INTEGER,
          maxDurationMs: flags.maxDuration ?? null,
          shard,
          jobId,
          dryRun: flags.dryRun === true,
          force: flags.force === true,
          waitMs: flags.wait,
        },
        {
          ...runDependencies(runtime, settings.database, flags, onLocked),
          ...onProgress,
          ...settings.retry,
          concurrency: flags.concurrency ?? settings.retry.concurrency,
          ring,
          openEnvelope,
          openIdentity: (last) => openIdentity(settings.zitadel, last),
          contact: contactOf(settings.zitadel),
          emailDomain: settings.zitadel.syntheticEmailDomain,
          interrupted: watch.interrupted,
          sampling: watch.sampling,
          random: Math.random,
          onSettled: (settlement) => logSettlement(log, settlement),
          onStop: ({ outcome, reason }) =>
            log("info", "stopping: no further job is started, calls in flight are finished", {
              outcome,
              reason,
            }),
          onLost: (jobId) =>
            log("warn", "job no longer held: another run took it over, or its claim was undone", {
              jobId,
            }),
          onGone: (settlement) => logGone(log, settlement),
          onRowLocked: (jobId, by) => logRowLocked(log, jobId, by),
          onUnwritten: (reason) =>
            log("warn", "Zitadel's state could not be recorded for the next runs", {
              reason,
            }),
          onImpossible: (jobIds) =>
            log("warn", "rows with an unknown status or an impossible retry_count are skipped", {
              jobIds,
            }),
        },
      );
    },
  );

  const { missingKeys } = report.counts;
  if (missingKeys.length > 0 && report.news?.kind !== "known") {
    runtime.stderr.write(
      `family-hub-jobs: waiting jobs need password keys that ${settings.passwords.source} lacks: ` +
        `${namedKeys(missingKeys)}. Restore them to the ring; the other jobs were processed${lasting(report.news)}.\n`,
    );
  }
  const jobMissing =
    jobId !== null &&
    flags.dryRun !== true &&
    report.outcome === "completed" &&
    report.counts.claimed + report.counts.refusedCount === 0;
  if (jobMissing) {
    runtime.stderr.write(
      `family-hub-jobs: no waiting job has the id ${jobId}: \`queue list\` shows the jobs, ` +
        "`queue requeue` retries a failed one.\n",
    );
  }
  if (report.counts.deletedMeanwhile > 0) {
    runtime.stderr.write(
      `family-hub-jobs: ${report.counts.deletedMeanwhile} of the jobs were deleted while Zitadel created their accounts: ` +
        'see docs/runbook.md, "FamilyHub changed a job meanwhile".\n',
    );
  }
  if (flags.job !== undefined && report.outcome === "paused") {
    runtime.stderr.write(
      `family-hub-jobs: job ${flags.job} was not tried: the queue is ${report.reason}. ` +
        "--force tries it all the same.\n",
    );
  }
  const ended = finishRun(report, flags, runtime, isIdle(report));
  const code = tellRefused(report.command, report.counts, ended, runtime);
  return { report, code: code === EXIT.ok ? codeOf(report, flags, jobMissing) : code };
}

/** Loaded only here: most runs take what is due. */
async function findJob(typed: string, runtime: Runtime): Promise<string | null> {
  const { readJobIds } = await import("../queue/selection/job-ids.command.ts");
  const [id = null] = await readJobIds([typed], "retry", runtime);
  return id;
}

function contactOf({ issuer, credentials }: ZitadelConfig): Contact {
  return { url: issuer, keyId: credentials.kind === "key" ? credentials.keyId : null };
}

/** Of a run that ended well. */
function codeOf(report: RetryReport, flags: RetryFlags, jobMissing: boolean): ExitCode {
  if (flags.job !== undefined && report.outcome === "paused") return EXIT.tempfail;
  const { missingKeys, failed, deletedMeanwhile } = report.counts;
  if (missingKeys.length > 0) return EXIT.config;
  if (jobMissing || deletedMeanwhile > 0) return EXIT.fault;
  return flags.strict === true && failed > 0 ? EXIT.fault : EXIT.ok;
}

function isIdle({ outcome, counts }: RetryReport): boolean {
  const untouched = counts.claimed === 0 && counts.rescued === 0;
  return untouched && (outcome === "paused" || (outcome === "completed" && counts.due === 0));
}
