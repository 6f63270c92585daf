// The heart of a run: keeps so many attempts in flight, settles them, and knows when to stop.
import { failure } from "../domain/failure.ts";
import type { ClaimedJob } from "../domain/job.ts";
import { decide, type RunStop } from "../domain/outcome.ts";
import { DatabaseUnavailable } from "../errors.ts";
import type { Breaker } from "../store/breaker-store.ts";
import { releaseClaims } from "../store/job-lease.ts";
import type { Settlement } from "../store/job-settle.ts";
import { attemptJob, type AttemptDependencies } from "./attempt-job.ts";
import { createBrakes, OUT_OF_TIME } from "./brakes.ts";
import { createClaims, type ClaimScope } from "./claim-jobs.ts";
import { createJobFeed } from "./job-feed.ts";
import { keepLeases } from "./keep-leases.ts";
import { openAhead } from "./open-ahead.ts";
import type { Run } from "./run-frame.ts";
import { spareCanary } from "./spare-canary.ts";
import { createSettler, type SettledCounts } from "./settler.ts";
import { takeTurns } from "./take-turns.ts";
import { throughOutage } from "./through-outage.ts";
import { watchUpstream } from "./upstream-watch.ts";

export interface QueueDependencies extends AttemptDependencies {
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly emailDomain: string;
  /** Aborted by SIGTERM or SIGINT, whose name is the reason. */
  readonly interrupted: AbortSignal;
  /** In [0, 1), for jitter. */
  random(): number;
  onSettled(settlement: Settlement): void;
  /** What has been settled so far, after each settlement. */
  readonly onCounts?: (counts: Readonly<SettledCounts>) => void;
  /** No further job is begun; what is in flight is being finished. */
  onStop(stop: RunStop): void;
  /** The lease ended and another run took the job over: that one settles it. */
  onLost(jobId: string): void;
}

export interface QueueRequest extends ClaimScope {
  readonly limit: number;
  readonly maxDurationMs: number | null;
  /** Claimed already, with no retry left: asked for, never created again. */
  readonly exhausted: readonly ClaimedJob[];
  readonly breaker: Breaker;
}

export interface QueueResult extends SettledCounts {
  readonly claimed: number;
  /** Password keys that the ring lacks. */
  readonly missingKeys: readonly string[];
  readonly stop: RunStop | null;
}

/** Claimed at once at the most, however high the concurrency. */
const LARGEST_CLAIM = 100;

/** Leaves no job claimed, except when Postgres is gone: then the lease gives it back. */
export async function workQueue(
  run: Run,
  request: QueueRequest,
  deps: QueueDependencies,
): Promise<QueueResult> {
  const brakes = createBrakes({
    ...request,
    interrupted: deps.interrupted,
    lockLost: run.lock.lost,
    onStop: (stop) => deps.onStop(stop),
  });
  const upstream = watchUpstream(deps.concurrency, request.breaker, brakes);
  const leases = keepLeases(run.db, run.runId, deps.leaseMs);
  const batch = () => Math.min(2 * upstream.allowed(), LARGEST_CLAIM);
  const passwords = openAhead(deps.openEnvelope, deps.ring);
  const feed = createJobFeed(createClaims(run, request, deps), request.limit, batch);
  const letCallsGo = takeTurns();
  const attempting = { ...deps, openEnvelope: passwords.open };
  const settler = createSettler({ ...deps, db: run.db, runId: run.runId });
  const exhausted = [...request.exhausted];
  const inFlight = new Set<Promise<void>>();
  const missingKeys = new Set<string>();
  const bugs: unknown[] = [];
  let unanswered = 0;
  /** Says more than the loss of the lock, which it brings about. */
  let postgresGone: RunStop | null = null;

  async function work(job: ClaimedJob): Promise<void> {
    const startMs = performance.now();
    const inDoubt = upstream.isInDoubt();
    const { result, asked, missingKey } = await attemptJob(job, attempting);
    if (missingKey !== null) {
      missingKeys.add(missingKey);
      feed.refund();
    }
    if (asked) upstream.note(result);
    const judged = inDoubt ? await spareCanary(run.db, job, result, request.breaker) : result;
    const outcome = decide(job.retryCount, judged, deps.schedule, deps.random());
    const durationMs = missingKey === null ? Math.round(performance.now() - startMs) : null;
    await settler.add({ jobId: job.id, retryCount: job.retryCount, outcome, durationMs });
  }

  /** An earlier run died over its last try: the account may exist, but is not created again. */
  async function workExhausted(job: ClaimedJob): Promise<void> {
    const startMs = performance.now();
    const result = await deps.identity.adoptAccount(job);
    upstream.note(result);
    if (result.kind === "blameless") {
      // Left under its lease, so that a later run asks again.
      unanswered += 1;
      if (result.stop === null) upstream.note({ kind: "transient", failure: result.failure });
      return;
    }
    const outcome = decide(job.retryCount, result, deps.schedule, 0);
    const durationMs = Math.round(performance.now() - startMs);
    await settler.add({ jobId: job.id, retryCount: job.retryCount, outcome, durationMs });
  }

  async function release(job: ClaimedJob): Promise<void> {
    const why = failure("interrupted", brakes.pulled()?.reason ?? "the run ended");
    const outcome = { kind: "deferred", failure: why, retryAfterMs: null } as const;
    await settler.add({ jobId: job.id, retryCount: job.retryCount, outcome, durationMs: null });
  }

  async function writeDown(): Promise<void> {
    for (const job of await feed.leftovers()) await release(job);
    await settler.flush();
  }

  /** Without Postgres the leases stay: what was attempted must not pass for untouched. */
  function stopUnlessGone(error: unknown): void {
    if (error instanceof DatabaseUnavailable) throw error;
    stopFor(error);
  }

  /**
   * What a claim took whose answer was lost with the connection, and what could not be settled
   * through no fault of its own.
   */
  async function releaseRest(): Promise<void> {
    const kept = request.exhausted.map(({ id }) => id);
    await throughOutage(() => releaseClaims(run.db, run.runId, kept));
  }

  function stopFor(error: unknown): void {
    if (error instanceof DatabaseUnavailable) {
      postgresGone = { outcome: "unavailable", reason: error.message };
      brakes.pull(postgresGone);
      return;
    }
    // The message of an unforeseen error may quote anything, a token included: it stays here.
    bugs.push(error);
    brakes.pull({ outcome: "stopped", reason: "a bug in the tool" });
  }

  function track(attempt: Promise<void>): void {
    const tracked: Promise<void> = attempt.catch(stopFor).finally(() => inFlight.delete(tracked));
    inFlight.add(tracked);
  }

  while (brakes.pulled() === null) {
    if (inFlight.size >= upstream.allowed()) {
      await Promise.race(inFlight);
      continue;
    }
    const rescued = exhausted.shift();
    if (rescued !== undefined) {
      track(workExhausted(rescued));
      continue;
    }
    const job = await feed.next().catch(stopFor);
    if (!job) {
      if (inFlight.size === 0) break;
      // One of them may yet give its place back.
      await Promise.race(inFlight);
      continue;
    }
    if (leases.lapsed()) brakes.pull(LEASE_LAPSED);
    // The brakes may also have been pulled while the claim was under way.
    track(brakes.pulled() === null ? work(job) : release(job));
    for (const soon of feed.upcoming(upstream.allowed())) passwords.begin(soon);
    await letCallsGo();
  }
  await Promise.all(inFlight);
  passwords.forget();

  const drained = feed.isDrained() && exhausted.length === 0;
  try {
    await writeDown().catch(stopUnlessGone);
    await releaseRest();
    await upstream.remember(run.db);
  } catch (error) {
    stopFor(error);
  } finally {
    leases.stop();
    brakes.dispose();
  }
  if (bugs.length > 0) throw bugs[0];
  const stop = postgresGone ?? brakes.pulled();
  const claimed = feed.claimed() + request.exhausted.length;
  return {
    claimed,
    ...settler.counts(),
    deferred: settler.counts().deferred + unanswered + exhausted.length,
    missingKeys: [...missingKeys],
    // Time that ran out after the last job was handed out stopped nothing.
    stop: stop === OUT_OF_TIME && drained ? null : stop,
  };
}

const LEASE_LAPSED: RunStop = {
  outcome: "stopped",
  reason: "the leases ended before they could be renewed",
};
