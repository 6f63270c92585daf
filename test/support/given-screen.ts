// A queue whose picture is always the same: fixed ids, and ages far from where they would round over.
import type { TestDatabase } from "./database.ts";
import { givenFamily, givenJob, type JobFields } from "./given.ts";
import { givenRun } from "./given-ledger.ts";

/** Looks like any other id, and begins as no other; its end says which it is. */
export function fixedId(n: number): string {
  const begin = ((0x3f0c6c1e + n * 0x9e3779b1) % 2 ** 32).toString(16).padStart(8, "0");
  return `${begin}-5d2a-4b7f-9c1e-${String(n).padStart(12, "0")}`;
}

const FAMILY = fixedId(900);
const CREATOR = fixedId(901);

/** @param ago as an interval, also of the last change */
export async function givenShownJob(
  db: TestDatabase,
  n: number,
  ago: string,
  fields: JobFields = {},
): Promise<string> {
  const id = fixedId(n);
  await givenFamily(db, FAMILY);
  const since = `now() - interval '${ago}'`;
  await givenJob(db, {
    ...{ id, familyId: FAMILY, username: `kid_${n}`, createdAt: since, updatedAt: since },
    ...((fields.status ?? "pending") === "pending" && { nextRetryAt: since }),
    ...fields,
  });
  await db.query(
    "update auth.queued_managed_account_creations set created_by_user_id = $2 where id = $1",
    [id, CREATOR],
  );
  return id;
}

/** One job of each kind, the youngest first in its number. */
export async function givenShownJobs(db: TestDatabase): Promise<void> {
  await givenShownJob(db, 1, "3 minutes 20 seconds", { username: "kim_smith" });
  await givenShownJob(db, 2, "5 minutes 20 seconds", {
    ...{ username: "lea_from_next_door", fullName: "Lea Magdalena von der Aue", retryCount: 2 },
    ...{ lastErrorCode: "timeout", lastErrorMessage: "Zitadel gave no answer within 30 s" },
    nextRetryAt: "now() + interval '10 minutes 20 seconds'",
  });
  await givenShownJob(db, 3, "3 hours 20 minutes", {
    ...{ status: "failed", username: "max", fullName: "Max", lastErrorCode: "username_taken" },
    lastErrorMessage: "The username max belongs to another account in Zitadel",
  });
  await givenShownJob(db, 4, "3 days 2 hours", {
    ...{ status: "failed", username: "grandma_rose", fullName: "Rose Smith", retryCount: 5 },
    ...{ lastErrorCode: "unavailable", lastErrorMessage: "Zitadel cannot be reached" },
  });
  await givenShownJob(db, 5, "9 days 2 hours", {
    ...{ status: "completed", username: "tom_1", fullName: "Tom Smith" },
    completedAt: "now() - interval '9 days 1 hour'",
  });
}

/** Older than all others. */
export async function givenThousandsMore(db: TestDatabase, count: number): Promise<void> {
  await db.query(
    `insert into auth.queued_managed_account_creations
       (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
        status, created_at, updated_at)
     select gen_random_uuid(), $1, 'kid_' || n, 'Kim Smith', 'managed_account', '', $2,
            'completed', now() - interval '1 year', now() - interval '1 year'
     from generate_series(1, $3) n`,
    [FAMILY, CREATOR, count],
  );
}

/** Jobs older than all others, whose accounts were created lately. @param counts for each hour of the clock, the current one last */
export async function givenCreatedByHour(
  db: TestDatabase,
  counts: readonly number[],
): Promise<void> {
  await db.query(
    `with created as (
       select gen_random_uuid() as id,
              date_trunc('hour', now()) - (cardinality($3::int[]) - number) * interval '1 hour' as at
       from unnest($3::int[]) with ordinality as counted (count, number), generate_series(1, count)
     ), attempts as (
       insert into family_hub_jobs.attempts (job_id, run_id, outcome, retry_count, duration_ms, finished_at)
       select id, gen_random_uuid(), 'created', 0, 120, at from created
     )
     insert into auth.queued_managed_account_creations
       (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
        status, created_at, updated_at, completed_at)
     select id, $1, 'kid', 'Kim Smith', 'managed_account', '', $2,
            'completed', now() - interval '1 year', at, at
     from created`,
    [FAMILY, CREATOR, counts],
  );
}

export async function givenShownRuns(db: TestDatabase): Promise<void> {
  await givenRun(db, {
    ...{ runId: fixedId(801), startedAt: "now() - interval '3 minutes 20 seconds'" },
    counts: { due: 120, claimed: 120, created: 118, retried: 1, failed: 1 },
  });
  await givenRun(db, {
    ...{ runId: fixedId(802), startedAt: "now() - interval '4 minutes 20 seconds'" },
    ...{ outcome: "unavailable", took: "40 seconds", counts: { due: 3, claimed: 3, retried: 3 } },
    reason: "Zitadel is unreachable: after five faults in a row the run stopped",
  });
  await givenRun(db, {
    ...{ runId: fixedId(803), command: "purge-invitations", counts: { deleted: 12, batches: 1 } },
    ...{ startedAt: "now() - interval '19 hours 20 minutes'", took: "300 milliseconds" },
  });
  await givenRun(db, {
    ...{ runId: fixedId(804), startedAt: "now() - interval '3 days 2 hours'", outcome: null },
  });
}

/** Moments themselves cannot be fixed; another one of the same length leaves the picture as it is. */
export function withFixedTimes(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "2026-01-31T08:00:00.000Z")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "2026-01-31T08:00:00Z");
}
