// Settles a batch of jobs, through outages of Postgres and around rows that it refuses.
import { failure } from "../domain/failure.ts";
import { decide, type Outcome, type RetrySchedule } from "../domain/outcome.ts";
import { DatabaseUnavailable } from "../errors.ts";
import type { Queryable } from "../store/database.ts";
import { ConstraintViolation } from "../store/database-error.ts";
import { alreadySettled, settleJobs, type Settlement } from "../store/job-settle.ts";
import { throughOutage } from "./through-outage.ts";

export interface SettleDependencies {
  readonly db: Queryable;
  readonly runId: string;
  readonly emailDomain: string;
  readonly schedule: RetrySchedule;
  onSettled(settlement: Settlement): void;
  /** Another run took the job over after our lease: nothing was written. */
  onLost(jobId: string): void;
}

export async function settleBatch(
  batch: readonly Settlement[],
  deps: SettleDependencies,
): Promise<void> {
  const { db, runId, emailDomain } = deps;
  const byId = new Map(batch.map((settlement) => [settlement.jobId, settlement]));
  try {
    const { value, repeated } = await throughOutage(() =>
      settleJobs(db, runId, emailDomain, batch),
    );
    for (const id of value.settled) take(byId, id, deps);
    const conflicting = [...value.conflicting].flatMap((id) => byId.get(id) ?? []);
    for (const settlement of conflicting) byId.delete(settlement.jobId);
    if (repeated && byId.size > 0) {
      const known = await throughOutage(() => alreadySettled(db, runId, [...byId.keys()]));
      for (const id of known.value) take(byId, id, deps);
      // A release leaves no attempt to know it by; whoever holds the job now, it is released.
      for (const { jobId, durationMs } of byId.values()) {
        if (durationMs === null) take(byId, jobId, deps);
      }
    }
    for (const id of byId.keys()) deps.onLost(id);
    for (const settlement of conflicting)
      await settleBatch([withOutcome(settlement, USERNAME_HELD)], deps);
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error;
    const [first, ...rest] = batch;
    if (rest.length > 0) await settleOneByOne(batch, deps);
    else if (first !== undefined) await settleRefused(first, error, deps);
  }
}

/** One refused row must not hold up the others. @throws the first refusal, after all were tried */
async function settleOneByOne(
  batch: readonly Settlement[],
  deps: SettleDependencies,
): Promise<void> {
  const refusals: unknown[] = [];
  for (const settlement of batch) {
    await settleBatch([settlement], deps).catch((error: unknown) => {
      if (error instanceof DatabaseUnavailable) throw error;
      refusals.push(error);
    });
  }
  if (refusals.length > 0) throw refusals[0];
}

/** @throws the error when it is no fault of the row */
async function settleRefused(
  settlement: Settlement,
  error: unknown,
  deps: SettleDependencies,
): Promise<void> {
  const { outcome } = settlement;
  if (error instanceof ConstraintViolation) {
    if (outcome.kind === "completed") {
      return settleBatch([withOutcome(settlement, refused(settlement, error, deps))], deps);
    }
    if (outcome.failure.message !== UNSTORABLE.message) {
      return settleBatch([withOutcome(settlement, { ...outcome, failure: UNSTORABLE })], deps);
    }
  }
  // Not the job's fault, such as a privilege that the role lacks: the run's end releases the job.
  throw error;
}

const UNSTORABLE = failure(
  "unknown",
  "Postgres refused to store what was to be said of this attempt",
);

function take(byId: Map<string, Settlement>, id: string, deps: SettleDependencies): void {
  const settlement = byId.get(id);
  if (settlement === undefined) return;
  byId.delete(id);
  deps.onSettled(settlement);
}

const USERNAME_HELD: Outcome = {
  kind: "failed",
  retryCount: 0,
  failure: failure(
    "username_taken",
    "The username belongs to another user in FamilyHub; the account in Zitadel has no user row",
  ),
};

function withOutcome(settlement: Settlement, outcome: Outcome): Settlement {
  const kept =
    outcome.kind === "failed" ? { ...outcome, retryCount: settlement.retryCount } : outcome;
  return { ...settlement, outcome: kept };
}

/** The account may exist, the row does not: another try adopts it, if the data agree by then. */
function refused(
  settlement: Settlement,
  error: ConstraintViolation,
  deps: SettleDependencies,
): Outcome {
  const why = failure("internal", `FamilyHub's database refused the user row: ${error.constraint}`);
  return decide(settlement.retryCount, { kind: "transient", failure: why }, deps.schedule, 0);
}
