// The heart of a run: claims jobs, keeps so many attempts in flight, settles them, knows when to stop.
import { failure } from "../domain/failure.ts";
import type { ClaimedJob } from "../domain/job.ts";
import { decide, type AttemptResult, type Outcome, type RunStop } from "../domain/outcome.ts";
import { createUpstreamHealth } from "../domain/upstream-health.ts";
import { DatabaseUnavailable } from "../errors.ts";
import { markBreakerClosed, markBreakerOpen, markPaused } from "../store/breaker-store.ts";
import { claimDueJobs, claimJobById, type ClaimCursor, type Shard } from "../store/job-claim.ts";
import type { Settlement } from "../store/job-settle.ts";
import { attemptJob, type AttemptDependencies } from "./attempt-job.ts";
import { createBrakes, OUT_OF_TIME } from "./brakes.ts";
import { createJobFeed, type JobFeed } from "./job-feed.ts";
import { keepLeases } from "./keep-leases.ts";
import type { Run } from "./run.ts";
import { createSettler } from "./settler.ts";

export interface QueueDependencies extends AttemptDependencies {
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly emailDomain: string;
  /** Aborted by SIGTERM or SIGINT, whose name is the reason. */
  readonly interrupted: AbortSignal;
  /** In [0, 1), for jitter. */
  random(): number;
  onSettled(settlement: Settlement): void;
  /** The lease ended and another run took the job over: that one settles it. */
  onLost(jobId: string): void;
}

export interface QueueRequest {
  readonly limit: number;
  readonly maxDurationMs: number | null;
  readonly shard: Shard;
  /** Only this job, also before its time has come. */
  readonly jobId: string | null;
  readonly dueBefore: string;
  /** Claimed already, with no retry left: asked for, never created again. */
  readonly exhausted: readonly ClaimedJob[];
  readonly breakerOpen: boolean;
}

export interface WorkResult {
  readonly claimed: number;
  readonly created: number;
  readonly adopted: number;
  readonly retried: number;
  readonly failed: number;
  readonly deferred: number;
  readonly missingKeys: readonly string[];
  readonly stop: RunStop | null;
}

const TOO_MANY_FAULTS: RunStop = {
  outcome: "unavailable",
  reason: "Zitadel failed too often in a row: the next run begins with a single call",
};
/** Claimed at once at the most, however high the concurrency. */
const LARGEST_CLAIM = 100;

/** Leaves no job claimed, except when Postgres is gone: then the lease gives it back. */
export async function workQueue(
  run: Run,
  request: QueueRequest,
  deps: QueueDependencies,
): Promise<WorkResult> {
  const counts = { created: 0, adopted: 0, retried: 0, failed: 0, deferred: 0 };
  const missingKeys = new Set<string>();
  const health = createUpstreamHealth(deps.concurrency, request.breakerOpen);
  const brakes = createBrakes({
    ...request,
    interrupted: deps.interrupted,
    lockLost: run.lock.lost,
  });
  const leases = keepLeases(run.db, run.runId, deps.leaseMs);
  const batch = () => Math.min(2 * health.allowed(), LARGEST_CLAIM);
  const feed = createJobFeed(createClaim(run, request, deps), request.limit, batch);
  const settler = createSettler({
    ...deps,
    db: run.db,
    runId: run.runId,
    onSettled: (settlement) => {
      counts[countedAs(settlement.outcome)] += 1;
      deps.onSettled(settlement);
    },
  });
  const inFlight = new Set<Promise<void>>();
  let pauseMs = 0;
  let zitadelDown: RunStop | null = null;
  let bug: { error: unknown } | null = null;

  function noteResult(result: AttemptResult): void {
    health.note(result);
    let stop = health.isOpen() ? TOO_MANY_FAULTS : null;
    if (result.kind === "blameless" && result.stop !== null) {
      pauseMs = Math.max(pauseMs, result.retryAfterMs ?? 0);
      stop = result.stop;
    }
    if (stop === null) return;
    if (stop.outcome === "unavailable") zitadelDown ??= stop;
    brakes.pull(stop);
  }

  async function work(job: ClaimedJob): Promise<void> {
    const startMs = performance.now();
    const { result, asked, missingKey } = await attemptJob(job, deps);
    if (missingKey !== null) missingKeys.add(missingKey);
    if (asked) noteResult(result);
    const outcome = decide(job.retryCount, result, deps.schedule, deps.random());
    const durationMs = missingKey === null ? Math.round(performance.now() - startMs) : null;
    await settler.add({ jobId: job.id, retryCount: job.retryCount, outcome, durationMs });
  }

  /** An earlier run died over its last try: the account may exist, but is not created again. */
  async function workExhausted(job: ClaimedJob): Promise<void> {
    const startMs = performance.now();
    const result = await deps.identity.adoptAccount(job);
    noteResult(result);
    const outcome = decide(job.retryCount, result, deps.schedule, 0);
    if (outcome.kind === "deferred") {
      // Left under its lease, so that the next run asks again.
      counts.deferred += 1;
      return;
    }
    const durationMs = Math.round(performance.now() - startMs);
    await settler.add({ jobId: job.id, retryCount: job.retryCount, outcome, durationMs });
  }

  function track(work: Promise<void>): void {
    const tracked: Promise<void> = work.catch(stopFor).finally(() => inFlight.delete(tracked));
    inFlight.add(tracked);
  }

  function stopFor(error: unknown): void {
    if (!(error instanceof DatabaseUnavailable)) bug ??= { error };
    brakes.pull({ outcome: "unavailable", reason: String((error as Error).message) });
  }

  async function release(job: ClaimedJob, reason: string): Promise<void> {
    const outcome = {
      kind: "deferred",
      failure: failure("interrupted", reason),
      retryAfterMs: null,
    } as const;
    await settler.add({ jobId: job.id, retryCount: job.retryCount, outcome, durationMs: null });
  }

  const exhausted = [...request.exhausted];
  while (brakes.pulled() === null) {
    if (inFlight.size >= health.allowed()) {
      await Promise.race(inFlight);
      continue;
    }
    const rescued = exhausted.shift();
    if (rescued !== undefined) {
      track(workExhausted(rescued));
      continue;
    }
    const job = await feed.next().catch(stopFor);
    if (!job) break;
    if (leases.lapsed())
      brakes.pull({ outcome: "stopped", reason: "the lease ended before the job began" });
    // The brakes may have been pulled while the claim was under way.
    const stop = brakes.pulled();
    track(stop === null ? work(job) : release(job, stop.reason));
  }
  await Promise.all(inFlight);

  try {
    const leftovers = await feed.leftovers();
    for (const job of leftovers) await release(job, brakes.pulled()?.reason ?? "the run ended");
    await settler.flush();
    if (zitadelDown !== null) await markBreakerOpen(run.db, (zitadelDown as RunStop).reason);
    else if (pauseMs > 0) await markPaused(run.db, pauseMs, brakes.pulled()?.reason ?? "");
    else if (health.hasRecovered()) await markBreakerClosed(run.db);
  } catch (error) {
    stopFor(error);
  } finally {
    leases.stop();
    brakes.dispose();
  }
  if (bug !== null) throw (bug as { error: unknown }).error;
  const claimed = feed.claimed() + request.exhausted.length;
  return {
    claimed,
    ...counts,
    missingKeys: [...missingKeys],
    stop: meaningful(brakes.pulled(), feed),
  };
}

/** Time that ran out after the last job was handed out stopped nothing. */
function meaningful(stop: RunStop | null, feed: JobFeed): RunStop | null {
  return stop === OUT_OF_TIME && feed.isDrained() ? null : stop;
}

function createClaim(run: Run, request: QueueRequest, deps: QueueDependencies) {
  const { jobId, dueBefore, shard } = request;
  const common = { runId: run.runId, leaseMs: deps.leaseMs, emailDomain: deps.emailDomain };
  let after: ClaimCursor | null = null;
  return async (limit: number): Promise<ClaimedJob[]> => {
    if (jobId !== null) {
      const job = after === null ? await claimJobById(run.db, common, jobId) : null;
      after = { dueAt: "", id: jobId };
      return job === null ? [] : [job];
    }
    const claimed = await claimDueJobs(run.db, { ...common, limit, dueBefore, after, shard });
    after = claimed.cursor ?? after;
    return claimed.jobs;
  };
}

function countedAs(outcome: Outcome): "created" | "adopted" | "retried" | "failed" | "deferred" {
  switch (outcome.kind) {
    case "completed":
      return outcome.adopted ? "adopted" : "created";
    case "retry":
      return "retried";
    case "failed":
    case "deferred":
      return outcome.kind;
    default:
      return outcome satisfies never;
  }
}
