// A queue 26 minutes into an outage of Zitadel, with older failures: each run since then tried one job.
import type { TestDatabase } from "./database.ts";
import { givenAttempt, givenRun } from "./given-ledger.ts";
import type { JobFields } from "./given.ts";
import { fixedId, givenCreatedByHour, givenShownJob } from "./given-screen.ts";

const OUTAGE_MINUTES = 26;
const UNREACHABLE = "Zitadel cannot be reached";

/** A job that was in flight when the outage began. */
export const CHARGED_JOB = fixedId(15);

/** Later runs tried others, each of them with one call. */
const NAMES = ["kim_smith", "noah_k", "lea_from_next_door", "mia_2017"];
const CHARGED = ["ben_k", "sofia_r", "jonas_77", "ida_marie", "theo_b"];

export async function givenOutage(db: TestDatabase): Promise<void> {
  for (const [index, username] of NAMES.entries()) {
    await givenShownJob(db, 11 + index, minutes(3 + 5 * index), { username });
  }
  for (const [index, username] of CHARGED.entries()) await givenCharged(db, 15 + index, username);
  await givenFailedJobs(db);
  await givenCompletedJobs(db);
  await givenRuns(db);
  await db.query(
    `update family_hub_jobs.breaker
     set opened_at = now() - $1::interval, reason = $2, updated_at = now() - $3::interval`,
    [minutes(OUTAGE_MINUTES), reasonOf(5), minutes(2)],
  );
  // Postgres omits zeros at the end of a time; a cursor with such a time would be shorter.
  await db.query(
    `update auth.queued_managed_account_creations
     set created_at = date_trunc('milliseconds', created_at) + interval '1 microsecond'`,
  );
}

async function givenCharged(db: TestDatabase, n: number, username: string): Promise<void> {
  const id = await givenShownJob(db, n, minutes(OUTAGE_MINUTES + 1), {
    ...{ username, retryCount: 1, lastErrorCode: "unavailable", lastErrorMessage: UNREACHABLE },
    nextRetryAt: `now() - interval '${minutes(OUTAGE_MINUTES - 5)}'`,
    updatedAt: `now() - interval '${minutes(OUTAGE_MINUTES)}'`,
  });
  await givenAttempt(db, id, {
    ...{ runId: fixedId(800 + OUTAGE_MINUTES), outcome: "retried", retryCount: 1 },
    ...{ errorCode: "unavailable", grpcCode: 14, message: UNREACHABLE, durationMs: 5000 },
    finishedAt: `now() - interval '${minutes(OUTAGE_MINUTES)}'`,
  });
}

const TAKEN = { errorCode: "username_taken", grpcCode: 6, zitadelErrorId: "V3-DKcYh" };
const REFUSED = { errorCode: "invalid_argument", grpcCode: 3, zitadelErrorId: "USER-Dq2ia" };
const SILENT = { errorCode: "timeout", grpcCode: 4 };

async function givenFailedJobs(db: TestDatabase): Promise<void> {
  const taken = "The username belongs to another account in Zitadel";
  await givenFailed(
    db,
    21,
    "3 hours 20 minutes",
    { username: "max" },
    { ...TAKEN, message: taken },
  );
  await givenFailed(
    db,
    22,
    "5 hours 20 minutes",
    { username: "emma" },
    { ...TAKEN, message: taken },
  );
  await givenFailed(
    ...([db, 23, "1 day 2 hours", { username: "anna-lena", fullName: "Anna" }] as const),
    { ...REFUSED, message: "Zitadel refused the name: it may have at most 200 characters" },
  );
  await givenFailed(
    ...([db, 24, "3 days 2 hours", { username: "grandma_rose", retryCount: 5 }] as const),
    { ...SILENT, message: "Zitadel gave no answer within 30 s" },
  );
}

async function givenFailed(
  db: TestDatabase,
  n: number,
  ago: string,
  job: JobFields,
  cause: typeof SILENT & { readonly zitadelErrorId?: string; readonly message: string },
): Promise<void> {
  const id = await givenShownJob(db, n, ago, {
    ...{ status: "failed", lastErrorCode: cause.errorCode, lastErrorMessage: cause.message },
    ...job,
  });
  await givenAttempt(db, id, {
    ...{ ...cause, runId: fixedId(700 + n), retryCount: job.retryCount ?? 0 },
    finishedAt: `now() - interval '${ago}'`,
  });
}

async function givenCompletedJobs(db: TestDatabase): Promise<void> {
  for (const [n, username] of [[31, "tom_1"] as const, [32, "lilly"] as const]) {
    await givenShownJob(db, n, `${n - 22} hours 20 minutes`, {
      ...{ status: "completed", username, completedAt: "now() - interval '8 hours 20 minutes'" },
    });
  }
  await givenCreatedByHour(db, [2, 0, 0, 0, 1, 3, 6, 9, 7, 5, 4, 6, 8, 5, 3, 4, 6, 9, 12]);
}

async function givenRuns(db: TestDatabase): Promise<void> {
  for (let minute = 2; minute <= OUTAGE_MINUTES; minute += 1) {
    const first = minute === OUTAGE_MINUTES;
    await givenRun(db, {
      ...{ runId: fixedId(800 + minute), startedAt: `now() - interval '${minutes(minute)}'` },
      ...{ outcome: "unavailable", took: "5 seconds", reason: reasonOf(first ? 5 : 1) },
      counts: first ? { due: 5, claimed: 5, retried: 5 } : { due: 9, claimed: 1, deferred: 1 },
    });
  }
  for (const [index, created] of [4, 3, 5].entries()) {
    await givenRun(db, {
      ...{ runId: fixedId(840 + index) },
      startedAt: `now() - interval '${minutes(OUTAGE_MINUTES + 1 + index)}'`,
      counts: { due: created, claimed: created, created },
    });
  }
  for (const [index, command] of ["purge-jobs", "purge-invitations"].entries()) {
    await givenRun(db, {
      ...{ runId: fixedId(850 + index), command, took: "300 milliseconds" },
      ...{ startedAt: "now() - interval '19 hours 20 minutes'", counts: { deleted: 12 + index } },
    });
  }
}

function reasonOf(faults: number): string {
  return faults === 1
    ? `${UNREACHABLE}: the call that checks it failed`
    : `Zitadel failed too often in a row (last: ${UNREACHABLE}). Check Zitadel; the next run tries again with a single call`;
}

/** Far from where an age would round over. */
function minutes(count: number): string {
  return `${count} minutes 20 seconds`;
}
