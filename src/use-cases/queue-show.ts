// One job with its past woven into one timeline, and what comes next.
import { nextStep, type NextStep } from "../domain/next-step.ts";
import { NotFoundError } from "../errors.ts";
import { namedKey } from "../passwords/envelope-header.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import {
  findJob,
  listActions,
  listAttempts,
  listEvents,
  readPasswordState,
  type FoundJob,
  type JobHolder,
  type PasswordState,
  type PastAction,
  type PastAttempt,
  type PastEvent,
} from "../store/job-history.ts";
import type { ListedJob } from "../store/queue-list.ts";

export interface ShownJob extends ListedJob {
  /** `unknown` to a database role that may not read it. */
  readonly password: PasswordState["state"];
  /** The key that the password is encrypted under, if it names one. */
  readonly keyId: string | null;
}

export type TimelineEntry =
  | { readonly at: Date; readonly kind: "created"; readonly createdByUserId: string }
  | ({ readonly kind: "attempt" } & PastAttempt)
  | ({ readonly kind: "action" } & PastAction)
  | ({ readonly kind: "event" } & PastEvent)
  | ({ readonly at: Date; readonly kind: "lease"; readonly expiresAt: Date | null } & JobHolder)
  | ({ readonly kind: "next" } & NextStep);

export interface JobStory {
  readonly job: ShownJob;
  /** In the order in which it happened; what comes next is the last one. */
  readonly timeline: readonly TimelineEntry[];
  /** Database time at which all this was so. */
  readonly now: Date;
}

/** @throws NotFoundError when no job has the id */
export async function showJob(id: string, leaseMs: number, lock: HeldLock): Promise<JobStory> {
  const found = await findJob(lock, id, leaseMs);
  if (found === null) {
    throw new NotFoundError(`There is no job ${id}: \`queue list\` shows the jobs.`);
  }
  const { job, outlook } = found;
  const { state, header } = await readPasswordState(lock, id);
  const past: TimelineEntry[] = [
    { at: job.createdAt, kind: "created", createdByUserId: job.createdByUserId },
    ...(await listActions(lock, id)).map((action) => entry("action", action)),
    ...(await listAttempts(lock, id)).map((attempt) => entry("attempt", attempt)),
    ...(await listEvents(lock, id)).map((event) => entry("event", event)),
    ...leaseOf(found),
  ];
  // What happened at one moment stays in the order above: a deed comes before its event.
  past.sort((a, b) => Number(a.at) - Number(b.at));
  const next = nextStep({ ...outlook, erased: state === "erased" });
  return {
    job: { ...job, password: state, keyId: header === null ? null : namedKey(header) },
    timeline: [...past, entry("next", next)],
    now: lock.startedAt,
  };
}

/** When and what come first, also in JSON. */
function entry<Kind extends string, Rest extends { readonly at: Date | null }>(
  kind: Kind,
  rest: Rest,
) {
  return Object.assign({ at: rest.at, kind }, rest);
}

/** Being claimed is the last change of a row that is worked on. */
function leaseOf({ job, outlook, holder }: FoundJob): TimelineEntry[] {
  if (holder === null) return [];
  return [{ at: job.updatedAt, kind: "lease", ...holder, expiresAt: outlook.leaseEndsAt }];
}
