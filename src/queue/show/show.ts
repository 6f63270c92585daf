// One job: why it is not running, what comes next, and its history as one timeline.
import type { NextStep } from "../../domain/next-step.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import {
  listActions,
  listEvents,
  type JobHolder,
  type PasswordState,
  type PastAction,
  type PastAttempt,
  type PastEvent,
} from "./history.sql.ts";
import type { ListedJob } from "../../queue-table/listed-job.sql.ts";
import { readJobFacts, type FactOptions, type JobFacts } from "./facts.ts";
import { ifRequeued, nextTry, type RequeueEffect } from "./next.ts";
import { whyNotNow } from "./reasons.ts";
import { remarksOn, type Remark } from "./remarks.ts";
import type { Reason } from "./reason.ts";

export interface ShownJob extends ListedJob {
  /** `unknown` for a database role that may not read it. */
  readonly password: PasswordState["state"];
  /** The key that encrypts the password, if the password names one. */
  readonly keyId: string | null;
}

export type TimelineEntry =
  | { readonly at: Date; readonly kind: "created"; readonly createdByUserId: string }
  | ({ readonly kind: "attempt" } & PastAttempt)
  | ({ readonly kind: "action" } & PastAction)
  | ({ readonly kind: "event" } & PastEvent)
  | ({ readonly at: Date; readonly kind: "lease"; readonly expiresAt: Date | null } & JobHolder)
  | ({ readonly kind: "next" } & NextStep);

/** Why a job is not running, and what happens to it next. */
export interface Outlook {
  /** What prevents an attempt, the nearest first. Never empty. */
  readonly whyNotNow: readonly Reason[];
  /** What the next attempt will do. */
  readonly nextTry: string;
  readonly requeue: RequeueEffect;
}

export interface JobHistory extends Outlook {
  readonly job: ShownJob;
  /** Implausible times in the row; usually empty. */
  readonly remarks: readonly Remark[];
  /** In order of time; what comes next is last. */
  readonly timeline: readonly TimelineEntry[];
  /** The database's time of reading. */
  readonly now: Date;
}

/** @throws NotFoundError if no job has the ID */
export async function showJob(
  id: string,
  options: FactOptions,
  lock: HeldLock,
): Promise<JobHistory> {
  const facts = await readJobFacts(id, options, lock);
  const { job, password, keyId, attempts, step, now } = facts;
  const actions = await listActions(lock, id);
  const past: TimelineEntry[] = [
    { at: job.createdAt, kind: "created", createdByUserId: job.createdByUserId },
    ...actions.map((action) => entry("action", action)),
    ...attempts.map((attempt) => entry("attempt", attempt)),
    ...(await listEvents(lock, id)).map((event) => entry("event", event)),
    ...leaseOf(facts),
  ];
  const done = [...actions, ...attempts].map(({ at }) => at.getTime());
  const firstAt = done.length === 0 ? null : new Date(Math.min(...done));
  // Entries with the same time keep the order above: an action comes before its event.
  past.sort((a, b) => Number(a.at) - Number(b.at));
  return {
    job: { ...job, password, keyId },
    ...outlookOf(facts),
    remarks: remarksOn(job, firstAt, now),
    timeline: [...past, entry("next", step)],
    now,
  };
}

/** Pure: the same facts always give the same text. */
export function outlookOf(facts: JobFacts): Outlook {
  return { whyNotNow: whyNotNow(facts), nextTry: nextTry(facts), requeue: ifRequeued(facts) };
}

/** The time and the kind come first, also in JSON. */
function entry<Kind extends string, Rest extends { readonly at: Date | null }>(
  kind: Kind,
  rest: Rest,
) {
  return Object.assign({ at: rest.at, kind }, rest);
}

/** The claim is the last change of a processing row. */
function leaseOf({ job, holder, leaseEndsAt }: JobFacts): TimelineEntry[] {
  if (holder === null) return [];
  return [{ at: job.updatedAt, kind: "lease", ...holder, expiresAt: leaseEndsAt }];
}
