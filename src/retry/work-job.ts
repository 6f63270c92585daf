// What a run does with one job that it holds: attempt it, look up its account, or release it.
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
  /**
   * Resolves when it is settled, or queued to be.
   * @throws errors that end the run
   */
  attempt(job: ClaimedJob): Promise<void>;
  /**
   * An earlier run died during its last attempt: the account may exist, but is not created again. If Zitadel
   * gives no answer, the job stays under its lease, so that a later run asks again.
   */
  askFor(job: ClaimedJob): Promise<void>;
  /** Releases the job unchanged, for the next run. */
  release(job: ClaimedJob, why: string): Promise<void>;
  /** How many lookups got no answer. */
  unanswered(): number;
}

export interface JobWorkDependencies extends AttemptDependencies {
  readonly db: Queryable;
  readonly upstream: UpstreamWatch;
  readonly settler: Pick<Settler, "add">;
  readonly tracer: Tracer;
  /** In [0, 1), for jitter. */
  random(): number;
  /** The ring lacks the key, so the job could not even be tried. */
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

/** The user row gets the name that the person signs in with, whatever the job contains by now. */
function asSent(job: ClaimedJob, result: AttemptResult): ClaimedJob {
  if (result.kind !== "adopted" || result.username === undefined) return job;
  return { ...job, username: result.username };
}

function elapsedMs(startMs: number): number {
  return Math.round(performance.now() - startMs);
}
