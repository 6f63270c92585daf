// Settles a batch of jobs, through outages of Postgres and around rows that it refuses.
import { failure } from "../domain/failure.ts";
import { decide, type Outcome, type RetrySchedule } from "../domain/outcome.ts";
import { ExpectedError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Queryable } from "../store/database.ts";
import { alreadySettled, settleJobs, type Settlement } from "../store/job-settle.ts";
import type { Refusal } from "../store/row-refused.ts";
import { partRefused } from "./part-refused.ts";
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

/** @throws ExpectedError for a row that the database refuses whatever is said of it, after the others */
export async function settleBatch(
  batch: readonly Settlement[],
  deps: SettleDependencies,
): Promise<void> {
  const conflicting: Settlement[] = [];
  const refusals = await partRefused(
    batch,
    ({ jobId }) => jobId,
    async (part) => void conflicting.push(...(await settleTogether(part, deps))),
  );
  for (const settlement of conflicting) {
    await settleBatch([withOutcome(settlement, USERNAME_HELD)], deps);
  }
  const byId = new Map(batch.map((settlement) => [settlement.jobId, settlement]));
  const left: Refusal[] = [];
  for (const refusal of refusals) {
    const settlement = byId.get(refusal.id);
    const next = settlement && insteadOf(settlement, refusal, deps);
    if (next === undefined) left.push(refusal);
    else await settleBatch([next], deps);
  }
  const [first] = left;
  if (first !== undefined) throw new ExpectedError(EXIT.fault, `job ${first.id}: ${first.message}`);
}

/** @returns those that were not written because another FamilyHub user has the name */
async function settleTogether(
  batch: readonly Settlement[],
  deps: SettleDependencies,
): Promise<Settlement[]> {
  const { db, runId, emailDomain } = deps;
  const byId = new Map(batch.map((settlement) => [settlement.jobId, settlement]));
  const { value, repeated } = await throughOutage(() => settleJobs(db, runId, emailDomain, batch));
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
  return conflicting;
}

/** What to say of a refused settlement instead; undefined when there is nothing left to say. */
function insteadOf(
  settlement: Settlement,
  refusal: Refusal,
  deps: SettleDependencies,
): Settlement | undefined {
  const { outcome } = settlement;
  if (outcome.kind === "completed") {
    return withOutcome(settlement, refused(settlement, refusal, deps));
  }
  return outcome.failure.message === UNSTORABLE.message
    ? undefined
    : withOutcome(settlement, { ...outcome, failure: UNSTORABLE });
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
function refused(settlement: Settlement, refusal: Refusal, deps: SettleDependencies): Outcome {
  const { constraint, message } = refusal;
  const rule = constraint === null || message.includes(constraint) ? "" : ` (${constraint})`;
  const why = failure("internal", `FamilyHub's database refused the user row: ${message}${rule}`);
  return decide(settlement.retryCount, { kind: "transient", failure: why }, deps.schedule, 0);
}
