// What a run does with one job that it holds: attempt it, only ask for its account, or release it.
import { failure } from "../domain/failure.ts";
import type { ClaimedJob } from "../domain/job.ts";
import { decide, type AttemptResult } from "../domain/outcome.ts";
import type { Queryable } from "../postgres/database.ts";
import { attemptJob, type AttemptDependencies } from "./attempt-job.ts";
import type { Settler } from "./settler.ts";
import { tracedAttempt } from "./traced-attempt.ts";
import type { Tracer } from "../tracing.ts";
import type { UpstreamWatch } from "./upstream-watch.ts";

export interface JobWork {
  /** Resolves when it is settled, or on its way to be. @throws what ends the run */
  attempt(job: ClaimedJob): Promise<void>;
  /**
   * An earlier run died over its last try: the account may exist, but is not created again. Left under its
   * lease where Zitadel gives no answer, so that a later run asks again.
   */
  askFor(job: ClaimedJob): Promise<void>;
  /** Untouched, for the next run. */
  release(job: ClaimedJob, why: string): Promise<void>;
  /** How many of those that were asked for got no answer. */
  unanswered(): number;
}

export interface JobWorkDependencies extends AttemptDependencies {
  readonly db: Queryable;
  readonly upstream: UpstreamWatch;
  readonly settler: Pick<Settler, "add">;
  readonly tracer: Tracer;
  /** In [0, 1), for jitter. */
  random(): number;
  /** The ring lacks the key: the job could not even be tried. */
  onMissingKey(kid: string): void;
}

export function createJobWork(deps: JobWorkDependencies): JobWork {
  const { upstream, settler, schedule, tracer } = deps;
  let unanswered = 0;

  return {
    attempt: async (job) => {
      const settlement = await tracedAttempt(tracer, "attempt job", job, async () => {
        const startMs = performance.now();
        const { result, asked, missingKey } = await attemptJob(job, deps);
        if (missingKey !== null) deps.onMissingKey(missingKey);
        const judged = asked ? await upstream.judge(deps.db, job, result) : result;
        const outcome = decide(job.retryCount, judged, schedule, deps.random());
        const durationMs = missingKey === null ? elapsedMs(startMs) : null;
        return { job: asSent(job, judged), outcome, durationMs };
      });
      if (settlement !== null) await settler.add(settlement);
    },
    askFor: async (job) => {
      const settlement = await tracedAttempt(tracer, "ask for account", job, async () => {
        const startMs = performance.now();
        const result = await deps.identity.adoptAccount(job);
        upstream.note(result);
        if (result.kind === "blameless") {
          unanswered += 1;
          if (result.stop === null) upstream.note({ kind: "transient", failure: result.failure });
          return null;
        }
        const outcome = decide(job.retryCount, result, schedule, 0);
        return { job: asSent(job, result), outcome, durationMs: elapsedMs(startMs) };
      });
      if (settlement !== null) await settler.add(settlement);
    },
    release: async (job, why) => {
      const outcome = {
        kind: "deferred",
        failure: failure("interrupted", why),
        retryAfterMs: null,
      } as const;
      await settler.add({ job, outcome, durationMs: null, traceparent: null });
    },
    unanswered: () => unanswered,
  };
}

/** The user row gets the name that the person signs in with, whatever the job says by now. */
function asSent(job: ClaimedJob, result: AttemptResult): ClaimedJob {
  if (result.kind !== "adopted" || result.username === undefined) return job;
  return { ...job, username: result.username };
}

function elapsedMs(startMs: number): number {
  return Math.round(performance.now() - startMs);
}
