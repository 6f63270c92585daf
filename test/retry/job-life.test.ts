// Whatever happens in whatever order: the row stays what the contract says, in Postgres itself.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { failure } from "../../src/domain/failure.ts";
import { decide, type AttemptResult } from "../../src/domain/outcome.ts";
import { WHOLE_QUEUE } from "../../src/postgres/lock-keys.ts";
import { claimDueJobs } from "../../src/retry/claim.sql.ts";
import { databaseTime } from "../../src/retry/survey.sql.ts";
import { cancelJobs } from "../../src/queue/cancel/cancel.sql.ts";
import { rescueAbandonedJobs } from "../../src/retry/rescue.sql.ts";
import { requeueFailedJobs } from "../../src/queue/requeue/requeue.sql.ts";
import { settleJobs } from "../../src/retry/settle.sql.ts";
import { asClaimed, withoutTransaction } from "../support/claimed.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { givenJob, readJob, whenDue } from "../support/given.ts";
import { whenLeasesEnd } from "../support/rows.ts";

/** The contract's figures, written out: the delay before each retry, in seconds. */
const DELAYS_S = [60, 300, 900, 3600, 14400];
const SCHEDULE = { delaysMs: DELAYS_S.map((seconds) => seconds * 1000), jitter: 0 };
const LEASE_MS = 300_000;
const RUNS = [randomUUID(), randomUUID()] as const;

/** What the contract says the job is now. */
interface Expected {
  status: "pending" | "processing" | "completed" | "failed";
  retryCount: number;
  /** Seconds from the last change to the next try; null when there is none or it does not matter. */
  waitS: number | null;
  due: boolean;
  holder: string | null;
  leaseOver: boolean;
  erased: boolean;
  created: number;
  failed: number;
}

type Step =
  | { kind: "claim" | "rescue"; run: 0 | 1 }
  | { kind: "settle"; run: 0 | 1; result: AttemptResult }
  | { kind: "time passes" | "leases end" | "requeue" | "cancel" };

const why = failure("unavailable", "No answer");
const RESULTS: readonly AttemptResult[] = [
  { kind: "created", zitadelUserId: "z", note: null },
  { kind: "adopted", zitadelUserId: "z", note: null },
  { kind: "transient", failure: why },
  { kind: "transient", failure: why },
  { kind: "transient", failure: why },
  { kind: "permanent", failure: why },
  { kind: "blameless", failure: why, retryAfterMs: null, stop: null },
];

const aRun = fc.constantFrom<(0 | 1)[]>(0, 1);
const RUN_STEPS = fc.record({
  kind: fc.constantFrom("claim" as const, "rescue" as const),
  run: aRun,
});
const SETTLEMENTS = fc.record({
  kind: fc.constant("settle" as const),
  run: aRun,
  result: fc.constantFrom(...RESULTS),
});
const OTHERS = fc.constantFrom<Step[]>(
  { kind: "time passes" },
  { kind: "leases end" },
  { kind: "requeue" },
);
const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: RUN_STEPS },
  { weight: 9, arbitrary: SETTLEMENTS },
  { weight: 9, arbitrary: OTHERS },
  // Seldom, because it ends a job's life.
  { weight: 1, arbitrary: fc.constant({ kind: "cancel" as const }) },
);

describe("any sequence of claims, results, deaths, rescues, requeues and cancellations", () => {
  let db: TestDatabase;
  before(async () => (db = await cloneDatabase()));
  after(() => db.drop());

  it("leaves the row, its user and its events exactly as the contract says", async () => {
    const sequences = fc.array(aStep, { minLength: 5, maxLength: 40, size: "max" });
    let completed = 0;
    let failed = 0;
    let canceled = 0;

    await fc.assert(
      fc.asyncProperty(sequences, async (steps) => {
        const { id } = await givenJob(db);
        const job: Expected = {
          ...{ status: "pending", retryCount: 0, waitS: 0, due: true, holder: null },
          ...{ leaseOver: false, erased: false, created: 0, failed: 0 },
        };
        for (const step of steps) {
          await take(db, id, step);
          expectAfter(job, step);
          await expectRow(db, id, job);
        }
        completed += job.created;
        failed += job.failed;
        canceled += job.erased && job.status === "failed" ? 1 : 0;
        // Each check looks through all of these.
        await db.query(
          `delete from auth.queued_managed_account_creations;
           delete from auth.users;
           delete from auth.outbox_events;
           delete from family_hub_jobs.attempts`,
        );
      }),
      { numRuns: 150 },
    );

    // Otherwise the sequences would not reach what they are about.
    expect(completed).to.be.above(10);
    expect(failed).to.be.above(10);
    expect(canceled).to.be.above(10);
    // Thousands of statements one after the other take minutes on a busy machine.
  }).timeout(600_000);
});

/** The operations of the store itself. */
async function take(db: TestDatabase, id: string, step: Step): Promise<void> {
  switch (step.kind) {
    case "claim": {
      const dueBefore = await databaseTime(db);
      const claimer = { runId: RUNS[step.run], leaseMs: LEASE_MS, emailDomain: "example.com" };
      const slice = { limit: 10, after: null, shard: WHOLE_QUEUE, dueBefore };
      await claimDueJobs(withoutTransaction(db), claimer, slice);
      return;
    }
    case "rescue": {
      const common = { leaseMs: LEASE_MS, retries: 5, shard: WHOLE_QUEUE, limit: 10 };
      await rescueAbandonedJobs(db, { ...common, runId: RUNS[step.run] });
      return;
    }
    case "settle": {
      // As a run would that claimed the job, and may have lost it since without knowing.
      const job = await asClaimed(db, id);
      const result =
        "zitadelUserId" in step.result ? { ...step.result, zitadelUserId: id } : step.result;
      const outcome = decide(job.retryCount, result, SCHEDULE, 0);
      const settlement = { job, outcome, durationMs: 1, traceparent: null };
      await settleJobs(withoutTransaction(db), RUNS[step.run], "example.com", [settlement]);
      return;
    }
    case "requeue":
      await requeueFailedJobs(
        db,
        { ids: [id], keepRetries: false, rate: Infinity, before: 0 },
        operatorAction(),
      );
      return;
    case "cancel":
      await cancelJobs(db, [id], operatorAction());
      return;
    case "time passes":
      return whenDue(db);
    case "leases end":
      return whenLeasesEnd(db);
    default:
      return step satisfies never;
  }
}

function operatorAction() {
  return { id: randomUUID(), actor: "test", reason: null };
}

/** The contract's table again, in other words than the product's. */
function expectAfter(job: Expected, step: Step): void {
  if (step.kind === "time passes" && job.status === "pending") Object.assign(job, DUE);
  if (step.kind === "leases end" && job.holder !== null) job.leaseOver = true;
  if (step.kind === "requeue" && job.status === "failed" && !job.erased) {
    Object.assign(job, DUE, { status: "pending", retryCount: 0 });
  }
  if (step.kind === "cancel" && (job.status === "pending" || job.status === "failed")) {
    // The creator is notified once that the account will not come.
    const failed = job.failed + (job.status === "pending" ? 1 : 0);
    Object.assign(job, { status: "failed", erased: true, failed });
  }
  if (step.kind === "claim" && job.status === "pending" && job.due) {
    Object.assign(job, { status: "processing", holder: RUNS[step.run], leaseOver: false });
  }
  if (step.kind === "rescue" && job.status === "processing" && job.leaseOver) {
    if (job.retryCount === 5) Object.assign(job, { holder: RUNS[step.run], leaseOver: false });
    else {
      const retryCount = job.retryCount + 1;
      Object.assign(job, DUE, { status: "pending", retryCount, holder: null, leaseOver: false });
    }
  }
  if (step.kind === "settle" && job.status === "processing" && job.holder === RUNS[step.run]) {
    Object.assign(job, { holder: null, leaseOver: false });
    expectSettled(job, step.result.kind);
  }
}

const DUE = { due: true, waitS: null };

function expectSettled(job: Expected, result: AttemptResult["kind"]): void {
  if (result === "created" || result === "adopted") {
    Object.assign(job, { status: "completed", erased: true, created: job.created + 1 });
  } else if (result === "permanent" || (result === "transient" && job.retryCount === 5)) {
    Object.assign(job, { status: "failed", failed: job.failed + 1 });
  } else if (result === "transient") {
    const waitS = DELAYS_S[job.retryCount] ?? null;
    Object.assign(job, { status: "pending", retryCount: job.retryCount + 1, waitS, due: false });
  } else {
    Object.assign(job, DUE, { status: "pending" });
  }
}

async function expectRow(db: TestDatabase, id: string, job: Expected): Promise<void> {
  const row = await db.one<{
    holder: string | null;
    waits: boolean;
    created: number;
    failed: number;
    users: number;
  }>(
    `select q.claimed_by_run_id as holder, q.next_retry_at is not null as waits,
            (select count(*)::int from auth.outbox_events e
             where e.payload ->> 'jobId' = $1 and e.event_type like '%ManagedAccountCreatedEvent') as created,
            (select count(*)::int from auth.outbox_events e
             where e.payload ->> 'jobId' = $1 and e.event_type like '%FailedEvent') as failed,
            (select count(*)::int from auth.users u where u.external_user_id = $1) as users
     from auth.queued_managed_account_creations q where q.id::text = $1`,
    [id],
  );
  const { status, retryCount, waitS, encryptedPassword } = await readJob(db, id);
  expect({ status, retryCount, ...row }).to.deep.equal({
    status: job.status,
    retryCount: job.retryCount,
    holder: job.holder,
    waits: job.status === "pending" || job.status === "processing",
    created: job.created,
    failed: job.failed,
    users: job.created,
  });
  expect(encryptedPassword === "").to.equal(job.erased);
  if (job.status === "pending" && job.waitS !== null) expect(waitS).to.equal(job.waitS);
}
