// Writes settlements as they come: while one statement is under way, the next ones gather.
import { setTimeout as sleep } from "node:timers/promises";
import { failure } from "../domain/failure.ts";
import { decide, type Outcome, type RetrySchedule } from "../domain/outcome.ts";
import { DatabaseUnavailable } from "../errors.ts";
import type { Queryable } from "../store/database.ts";
import { ConstraintViolation } from "../store/database-error.ts";
import { alreadySettled, settleJobs, type Settlement } from "../store/job-settle.ts";

export interface Settler {
  /** Resolves when there is room for more; rejects once settling has failed for good. */
  add(settlement: Settlement): Promise<void>;
  /** Resolves when everything added is written. @throws DatabaseUnavailable */
  flush(): Promise<void>;
  /** What has been written so far. */
  counts(): Readonly<SettledCounts>;
}

export interface SettledCounts {
  created: number;
  adopted: number;
  retried: number;
  failed: number;
  deferred: number;
}

export interface SettlerDependencies {
  readonly db: Queryable;
  readonly runId: string;
  readonly emailDomain: string;
  readonly schedule: RetrySchedule;
  onSettled(settlement: Settlement): void;
  /** Another run took the job over after our lease: nothing was written. */
  onLost(jobId: string): void;
}

const MOST_WAITING = 200;
const LARGEST_BATCH = 100;
/** Postgres may be restarting; the leases are long enough to wait for it. */
const RETRY_AFTER_MS = [100, 400, 1000, 2000, 4000, 8000];

export function createSettler(deps: SettlerDependencies): Settler {
  const counts: SettledCounts = { created: 0, adopted: 0, retried: 0, failed: 0, deferred: 0 };
  const counting = {
    ...deps,
    onSettled: (settlement: Settlement) => {
      counts[countedAs(settlement.outcome)] += 1;
      deps.onSettled(settlement);
    },
  };
  const waiting: Settlement[] = [];
  let writing: Promise<void> | null = null;
  let broken: { error: unknown } | null = null;

  /** Never rejects: the first failure is kept for whoever waits next. */
  async function writeAll(): Promise<void> {
    try {
      while (waiting.length > 0) await settle(waiting.splice(0, LARGEST_BATCH), counting);
    } catch (error) {
      broken = { error };
    }
    writing = null;
  }

  async function written(): Promise<void> {
    await writing;
    if (broken !== null) throw broken.error;
  }

  return {
    add: async (settlement) => {
      waiting.push(settlement);
      if (broken === null) writing ??= writeAll();
      if (broken !== null || waiting.length >= MOST_WAITING) await written();
    },
    flush: written,
    counts: () => counts,
  };
}

function countedAs(outcome: Outcome): keyof SettledCounts {
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

async function settle(batch: readonly Settlement[], deps: SettlerDependencies): Promise<void> {
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
      for (const id of await alreadySettled(db, runId, [...byId.keys()])) take(byId, id, deps);
    }
    for (const id of byId.keys()) deps.onLost(id);
    for (const settlement of conflicting)
      await settle([withOutcome(settlement, USERNAME_HELD)], deps);
  } catch (error) {
    if (!(error instanceof ConstraintViolation)) throw error;
    // One refused row must not hold up the others.
    const [first, ...rest] = batch;
    if (rest.length > 0) for (const settlement of batch) await settle([settlement], deps);
    else if (first?.outcome.kind !== "completed") throw error;
    else await settle([withOutcome(first, refused(first, error, deps))], deps);
  }
}

function take(byId: Map<string, Settlement>, id: string, deps: SettlerDependencies): void {
  const settlement = byId.get(id);
  if (settlement === undefined) return;
  byId.delete(id);
  deps.onSettled(settlement);
}

async function throughOutage<T>(work: () => Promise<T>): Promise<{ value: T; repeated: boolean }> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { value: await work(), repeated: attempt > 0 };
    } catch (error) {
      const waitMs = RETRY_AFTER_MS[attempt];
      if (!(error instanceof DatabaseUnavailable) || waitMs === undefined) throw error;
      await sleep(waitMs);
    }
  }
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
  deps: SettlerDependencies,
): Outcome {
  const why = failure("internal", `FamilyHub's database refused the user row: ${error.constraint}`);
  return decide(settlement.retryCount, { kind: "transient", failure: why }, deps.schedule, 0);
}
