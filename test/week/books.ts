// Whether the totals agree at the end: each job has exactly one end, and all records show the same.
import { expect } from "chai";
import type { Expected } from "./arrivals.ts";
import { BEGINS_MS, troubles, type Calendar } from "./calendar.ts";
import type { Stage } from "./stage.ts";

const QUEUE = "auth.queued_managed_account_creations";

/** One account, one user row and one event for each good job; one event, and nothing else, for each bad one. */
export async function expectBalance(
  { db, control }: Stage,
  { completed, failed }: Expected,
): Promise<void> {
  const users = await control.listUsers();
  const accounts = users.flatMap(({ metadata }) => metadata["familyhub.job_id"] ?? []);
  const books = await db.one<object>(
    `select array(select external_user_id::text from auth.users
                  where zitadel_user_id is not null order by 1) as users,
            array(select payload ->> 'jobId' from auth.outbox_events
                  where event_type like '%.ManagedAccountCreatedEvent' order by 1) as created,
            array(select format('%s %s', payload ->> 'jobId', payload ->> 'errorCode') from auth.outbox_events
                  where event_type like '%.ManagedAccountCreationFailedEvent' order by 1) as told,
            array(select format('%s %s', id, last_error_code) from ${QUEUE}
                  where status = 'failed' order by 1) as failed,
            array(select status from ${QUEUE} where status not in ('completed', 'failed')) as unended`,
  );
  const good = [...completed].sort();
  const bad = [...failed].map((one) => one.join(" ")).sort();
  expect({ ...books, accounts: accounts.sort() }).to.deep.equal({
    ...{ users: good, created: good, accounts: good, told: bad, failed: bad, unended: [] },
  });
}

/** In minutes: RETRY_DELAYS unless it is set. */
const DELAYS = [1, 5, 15, 60, 240];
/** A run begins each minute, and the first after a trouble may only find out that it is over. */
const LATE = 2;

/** Each retry came after its delay by the clock, or with the first run that could. */
export async function expectSchedule({ db }: Stage, calendar: Calendar): Promise<void> {
  const retries = await db.query<{ jobId: string; nth: number; at: number; next: number }>(
    `select job_id as "jobId", retry_count as nth,
            extract(epoch from finished_at)::float8 as at,
            extract(epoch from next)::float8 as next
     from (select *, lead(finished_at) over (partition by job_id order by finished_at) as next
           from family_hub_jobs.attempts) a
     where outcome = 'retried'`,
  );
  const sinceBegin = (atS: number) => atS / 60 - BEGINS_MS / 60_000;
  const counts = DELAYS.map(() => 0);
  for (const { jobId, nth, at, next } of retries) {
    const delay = DELAYS[nth - 1] ?? NaN;
    const due = sinceBegin(at) + delay;
    const free = troubles(calendar).reduce(
      (minute, { begins, ends }) => (begins <= minute + 1 && minute < ends ? ends : minute),
      due,
    );
    expect(sinceBegin(next), `${jobId}, retry ${nth}`).to.be.within(due, free + LATE);
    counts[nth - 1] = (counts[nth - 1] ?? 0) + 1;
  }
  expect(Math.min(...counts), `retries by delay: ${counts.join()}`).to.be.at.least(1);
}

/** @returns the minutes in which jobs failed permanently, in order */
export async function failedIn({ db }: Stage): Promise<number[]> {
  const rows = await db.query<{ at: number }>(
    `select extract(epoch from finished_at)::float8 as at
     from family_hub_jobs.attempts where outcome = 'failed' order by 1`,
  );
  return rows.map(({ at }) => Math.floor(at / 60 - BEGINS_MS / 60_000));
}
