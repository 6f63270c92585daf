// Explains one job to whoever is on call: why it is not running, what was, what comes, what helps.
import type { HeldLock } from "../store/advisory-lock.ts";
import { readJobFacts, type ExplainOptions, type JobFacts } from "./queue-explain-facts.ts";
import { ifRequeued, nextTry, type RequeueEffect } from "./queue-explain-next.ts";
import { soFar } from "./queue-explain-past.ts";
import { whyNotNow } from "./queue-explain-reasons.ts";
import type { Reason } from "./queue-explain-words.ts";

export interface Explanation {
  readonly id: string;
  readonly status: string;
  readonly reasons: readonly Reason[];
  readonly soFar: string;
  readonly next: string;
  readonly requeue: RequeueEffect;
}

/** @throws NotFoundError when no job has the id */
export async function explainJob(
  id: string,
  options: ExplainOptions,
  lock: HeldLock,
): Promise<Explanation> {
  return explain(await readJobFacts(id, options, lock));
}

/** Pure: the same facts are always told in the same words. */
export function explain(facts: JobFacts): Explanation {
  return {
    id: facts.job.id,
    status: facts.job.status,
    reasons: whyNotNow(facts),
    soFar: soFar(facts),
    next: nextTry(facts),
    requeue: ifRequeued(facts),
  };
}
