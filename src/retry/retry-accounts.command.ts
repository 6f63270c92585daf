// `retry-accounts`: from flags to a summary, log and exit code.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import type { Contact } from "../domain/last-contact.ts";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { parseKeyRing } from "../passwords/key-ring.ts";
import { config, type Runtime } from "../runtime.ts";
import { openIdentity } from "../zitadel/open-identity.ts";
import { runDependencies } from "../runs/run-dependencies.command.ts";
import type { Shard } from "../postgres/lock-keys.ts";
import { retryAccounts, type RetryReport } from "./retry-accounts.ts";
import { monitored } from "../monitoring/monitored.ts";
import type { RunEnd, Watch } from "../monitoring/watched-run.ts";
import { finishRun, type RunFlags } from "../runs/run.command.ts";
import { remarks } from "./retry-accounts.text.ts";
import { logEvents } from "./retry-log.ts";
import { readShard, type ShardFlags } from "./shard.command.ts";
import { printRefused } from "../runs/print-refused.command.ts";
import { logImpossible, withRunLog } from "../runs/run-log.command.ts";
import { say } from "../terminal/say.ts";

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
  const report = await withRunLog(
    "retry-accounts",
    settings.log,
    flags,
    runtime,
    watch,
    ({ log, onLocked, ...onProgress }) =>
      retryAccounts(
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
          ...runDependencies(runtime, settings.database, flags, { ...watch, onLocked }),
          ...onProgress,
          ...settings.retry,
          concurrency: flags.concurrency ?? settings.retry.concurrency,
          ring,
          openIdentity: (last) => openIdentity(settings.zitadel, last, watch.tracer),
          contact: contactOf(settings.zitadel),
          emailDomain: settings.zitadel.syntheticEmailDomain,
          interrupted: watch.interrupted,
          sampling: watch.sampling,
          random: Math.random,
          ...logEvents(log),
          onImpossible: (jobIds) => logImpossible(log, jobIds),
        },
      ),
  );

  const jobMissing = jobId !== null && flags.dryRun !== true && triedNone(report);
  const asked = { job: flags.job, missingId: jobMissing ? jobId : null };
  for (const remark of remarks(report, asked, settings.passwords.source)) {
    say(runtime.stderr, `family-hub-jobs: ${remark}\n`);
  }
  const ended = finishRun(report, flags, runtime, isIdle(report));
  const code = printRefused(report.command, report.counts, ended, runtime);
  return { report, code: code === EXIT.ok ? codeOf(report, flags, jobMissing) : code };
}

/** Loaded only here, because most runs process all due jobs. */
async function findJob(typed: string, runtime: Runtime): Promise<string | null> {
  const { readJobIds } = await import("../queue/selection/job-ids.command.ts");
  const [id = null] = await readJobIds([typed], "retry", runtime);
  return id;
}

function contactOf({ issuer, credentials }: ZitadelConfig): Contact {
  return { url: issuer, keyId: credentials.kind === "key" ? credentials.keyId : null };
}

function triedNone({ outcome, counts }: RetryReport): boolean {
  return outcome === "completed" && counts.claimed + counts.refusedCount === 0;
}

/** For a run that completed. */
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
