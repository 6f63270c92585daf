// `retry-accounts`: flags -> use case -> summary, log and exit code.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { parseKeyRing } from "../passwords/key-ring.ts";
import { createLog, type Log } from "../report/log.ts";
import { namedKeys } from "../report/missing-keys.ts";
import { config, openEnvelope, openIdentity, runDependencies, type Runtime } from "../runtime.ts";
import { UsageError } from "../errors.ts";
import { WHOLE_QUEUE, type Shard } from "../store/advisory-lock.ts";
import type { Settlement } from "../store/job-settle.ts";
import { retryAccounts, type RetryReport } from "../use-cases/retry-accounts.ts";
import { finishRun, type RunFlags } from "./run-flags.ts";
import { withProgress } from "./show-progress.ts";

export interface RetryFlags extends RunFlags {
  readonly limit?: number;
  readonly concurrency?: number;
  readonly maxDuration?: number;
  readonly shard?: Shard;
  readonly shards?: number;
  readonly job?: string;
  readonly dryRun?: boolean;
  readonly strict?: boolean;
}

export async function run(flags: RetryFlags, runtime: Runtime): Promise<ExitCode> {
  const settings = config(runtime, "log", "database", "zitadel", "passwords", "retry");
  const ring = parseKeyRing(settings.passwords.ring, settings.passwords.source);
  const level =
    flags.verbose === true ? "debug" : flags.quiet === true ? "warn" : settings.log.level;
  const report = await withProgress(
    "retry-accounts",
    level,
    flags,
    runtime,
    ({ stderr, ...onProgress }) => {
      const log = createLog({ ...settings.log, level }, stderr);
      return retryAccounts(
        {
          limit: flags.limit ?? Number.MAX_SAFE_INTEGER,
          maxDurationMs: flags.maxDuration ?? null,
          shard: readShard(flags, runtime),
          jobId: flags.job ?? null,
          dryRun: flags.dryRun === true,
          waitMs: flags.wait,
        },
        {
          ...runDependencies(settings.database),
          ...onProgress,
          ...settings.retry,
          concurrency: flags.concurrency ?? settings.retry.concurrency,
          ring,
          openEnvelope,
          openIdentity: () => openIdentity(settings.zitadel),
          emailDomain: settings.zitadel.syntheticEmailDomain,
          interrupted: runtime.onInterrupt(),
          random: Math.random,
          onSettled: (settlement) => logSettlement(log, settlement),
          onStop: ({ outcome, reason }) =>
            log("info", "stopping: no further job is begun, calls in flight are finished", {
              outcome,
              reason,
            }),
          onLost: (jobId) => log("warn", "job lost to another run", { jobId }),
          onImpossible: (jobIds) =>
            log("warn", "rows with an unknown status or an impossible retry_count are left alone", {
              jobIds,
            }),
        },
      );
    },
  );

  const { missingKeys } = report.counts;
  if (missingKeys.length > 0) {
    runtime.stderr.write(
      `family-hub-jobs: waiting jobs need password keys that ${settings.passwords.source} lacks: ` +
        `${namedKeys(missingKeys)}. Put them back into the ring; the other jobs were worked.\n`,
    );
  }
  const jobMissing =
    flags.job !== undefined && flags.dryRun !== true && report.counts.claimed === 0;
  if (jobMissing && report.outcome === "completed") {
    runtime.stderr.write(
      `family-hub-jobs: no waiting job has the id ${flags.job}: \`queue list\` shows the jobs, ` +
        "`queue requeue` revives a failed one.\n",
    );
  }
  const code = finishRun(report, flags, runtime, isIdle(report));
  if (code !== EXIT.ok) return code;
  if (missingKeys.length > 0) return EXIT.config;
  if (jobMissing) return EXIT.fault;
  return flags.strict === true && report.counts.failed > 0 ? EXIT.fault : EXIT.ok;
}

/** Kubernetes numbers the pods of an Indexed Job from 0. */
function readShard(flags: RetryFlags, { env }: Runtime): Shard {
  if (flags.shards === undefined) return flags.shard ?? WHOLE_QUEUE;
  if (flags.shard !== undefined) throw new UsageError("Say --shard or --shards, not both.");
  const index = env["JOB_COMPLETION_INDEX"] ?? "";
  if (/^\d{1,3}$/.test(index) && Number(index) < flags.shards) {
    return { index: Number(index), count: flags.shards };
  }
  throw new UsageError(
    `JOB_COMPLETION_INDEX is "${index}": with --shards ${flags.shards} it must be 0 to ${flags.shards - 1}, ` +
      "as Kubernetes sets it in an Indexed Job; elsewhere write --shard i/n.",
  );
}

function isIdle({ outcome, counts }: RetryReport): boolean {
  return (
    outcome === "completed" && counts.due === 0 && counts.claimed === 0 && counts.rescued === 0
  );
}

function logSettlement(log: Log, { jobId, outcome, durationMs }: Settlement): void {
  if (outcome.kind === "completed") {
    log("debug", outcome.adopted ? "account adopted" : "account created", { jobId, durationMs });
    return;
  }
  const { code, message, grpcCode, zitadelErrorId } = outcome.failure;
  const why = { jobId, durationMs, errorCode: code, grpcCode, zitadelErrorId, message };
  if (outcome.kind === "retry") {
    log("info", "job will be retried", {
      ...why,
      retryCount: outcome.retryCount,
      delayMs: outcome.delayMs,
    });
  } else if (outcome.kind === "failed") log("warn", "job failed", why);
  else log("debug", "job deferred", why);
}
