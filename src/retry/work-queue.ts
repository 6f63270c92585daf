// Processes the queue: keeps a number of attempts in flight, settles them, and stops when it must.
import type { ClaimedJob } from "../domain/job.ts";
import type { RunStop } from "../domain/outcome.ts";
import { QUEUE } from "../queue-table/queue.sql.ts";
import { findLocker } from "../queue-table/row-locker.sql.ts";
import type { Refusal } from "../postgres/row-refused.ts";
import { createStopConditions, OUT_OF_TIME } from "../runs/stop-conditions.ts";
import { createClaims } from "./claim-jobs.ts";
import { informNextRuns } from "./inform-next-runs.ts";
import { createJobBuffer } from "./job-buffer.ts";
import { startLeaseRenewal } from "./renew-leases.ts";
import { watchForPause } from "./pause-watch.ts";
import { releaseRest, stillLocked } from "./release-rest.ts";
import type { Run } from "../runs/run-frame.ts";
import { createSettler } from "./settler.ts";
import { stagger } from "./stagger.ts";
import { collectRunErrors } from "./run-errors.ts";
import type { QueueDependencies, QueueRequest, QueueResult } from "./queue-request.ts";
import { watchUpstream } from "./upstream-watch.ts";
import { createJobWork } from "./work-job.ts";

/**
 * How many jobs a run holds: a statement costs Postgres as much as ten more jobs in it, and a job that is
 * only held uses up no retry when the run dies. Few jobs while Zitadel is being tried after an outage.
 */
const HELD_PER_CALL = 20;
const MOST_HELD = 200;

/** Leaves no job claimed, unless Postgres is unavailable: then the job is recovered after its lease. */
export async function workQueue(
  run: Run,
  request: QueueRequest,
  deps: QueueDependencies,
): Promise<QueueResult> {
  const stopping = createStopConditions({
    ...request,
    interrupted: deps.interrupted,
    lockLost: run.lock.lost,
    onStop: (stop) => deps.onStop(stop),
  });
  const upstream = watchUpstream(deps.concurrency, request.breaker, stopping);
  const leases = startLeaseRenewal(run.db, run.runId, deps.leaseMs);
  const batch = () => Math.min(HELD_PER_CALL * upstream.allowed(), MOST_HELD);
  const refused = new Map(request.refused.map((refusal) => [refusal.id, refusal]));
  const addRefused = (refusals: readonly Refusal[]) => {
    for (const refusal of refusals) refused.set(refusal.id, refusal);
  };
  const claim = createClaims({ ...deps, runId: run.runId }, request, {
    db: run.db,
    isStopped: () => stopping.reason() !== null,
    onRefused: addRefused,
  });
  const tracedClaim = (limit: number) =>
    deps.tracer.step("claim due jobs", { table: QUEUE }, async (span) => {
      const claimed = await claim(limit);
      span.set({ "family_hub_jobs.claimed": claimed.length });
      return claimed;
    });
  const buffer = createJobBuffer(tracedClaim, request.limit, batch);
  const yieldToEventLoop = stagger();
  const exhausted = [...request.exhausted];
  const inFlight = new Set<Promise<void>>();
  let onEnd = () => {};
  // Promise.race would leave a reaction on each attempt in flight: a slow one would collect thousands of them.
  const oneEnds = () => new Promise<void>((resolve) => (onEnd = resolve));
  const missingKeys = new Set<string>();
  const errors = collectRunErrors(stopping);
  let deletedMeanwhile = 0;
  const settler = createSettler({
    ...deps,
    db: run.db,
    runId: run.runId,
    rowLockTimeoutMs: () =>
      stopping.reason() === null ? deps.leaseMs / 2 : ROW_LOCK_TIMEOUT_AT_STOP_MS,
    onLocked: ({ job }) =>
      void findLocker(run.db, job.id).then((by) => deps.onRowLocked(job.id, by)),
    onGone: (settlement) => {
      if (settlement.durationMs !== null) deletedMeanwhile += 1;
      deps.onGone(settlement);
    },
  });
  const jobs = createJobWork({
    ...deps,
    ...{ db: run.db, upstream, settler },
    onMissingKey: (kid) => {
      missingKeys.add(kid);
      buffer.refund();
    },
  });

  const release = (job: ClaimedJob) =>
    jobs.release(job, stopping.reason()?.reason ?? "the run ended");

  async function writeDown(): Promise<void> {
    for (const job of await buffer.leftovers()) await release(job);
    await settler.flush();
  }

  function track(attempt: Promise<void>): void {
    const tracked: Promise<void> = attempt.catch(errors.add).finally(() => {
      inFlight.delete(tracked);
      onEnd();
    });
    inFlight.add(tracked);
  }

  const endPauseWatch = request.force
    ? () => undefined
    : watchForPause(run.db, (stop) => stopping.stop(stop));
  while (stopping.reason() === null) {
    if (inFlight.size >= upstream.allowed()) {
      await oneEnds();
      continue;
    }
    const rescued = exhausted.shift();
    if (rescued !== undefined) {
      track(jobs.askFor(rescued));
      continue;
    }
    const job = await buffer.next().catch(errors.add);
    if (!job) {
      if (inFlight.size === 0) break;
      // One of them may still free its place.
      await oneEnds();
      continue;
    }
    if (leases.lapsed()) stopping.stop(LEASE_LAPSED);
    // The run may have been stopped while the claim was in progress.
    track(stopping.reason() === null ? jobs.attempt(job) : release(job));
    await yieldToEventLoop();
  }
  endPauseWatch();
  await Promise.all(inFlight);

  const drained = buffer.isDrained() && exhausted.length === 0;
  try {
    // Without Postgres the leases stay: attempted jobs must not look unchanged.
    await writeDown().catch(errors.addUnlessUnavailable);
    const { locked, refused: unsettled } = settler.left();
    addRefused(unsettled);
    const kept = [...request.exhausted.map(({ id }) => id), ...locked, ...refused.keys()];
    addRefused(await releaseRest(run.db, run.runId, kept));
    await informNextRuns(run.db, (tx) => upstream.remember(tx), deps.onUnwritten);
  } catch (error) {
    errors.add(error);
  } finally {
    leases.stop();
    stopping.dispose();
  }
  errors.throwFirstBug();
  const stop =
    errors.postgresUnavailable() ?? stopping.reason() ?? stillLocked(settler.left().locked);
  const claimed = buffer.claimed() + request.exhausted.length;
  return {
    claimed,
    ...settler.counts(),
    deferred: settler.counts().deferred + jobs.unanswered() + exhausted.length,
    missingKeys: [...missingKeys],
    deletedMeanwhile,
    refused: [...refused.values()],
    // If the time ran out after the last job was handed out, nothing was stopped.
    stop: stop === OUT_OF_TIME && drained ? null : stop,
  };
}

/** Someone waits for the end of a run that was stopped. */
const ROW_LOCK_TIMEOUT_AT_STOP_MS = 2000;

const LEASE_LAPSED: RunStop = {
  outcome: "stopped",
  reason: "the leases ended before they could be renewed",
};
