// Erases one person from the queue, for article 17 of the GDPR.
import type { HeldLock } from "../../lock/lock-attempt.ts";
import type { Database } from "../../postgres/database.ts";
import { UsageError } from "../../errors.ts";
import { eraseJobsOf, findJobsOf, type JobOfPerson, type Person } from "./erase.sql.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import { orAuditRefused } from "../../queue-table/audit-refused.ts";
import { retryLocked } from "../../queue-table/retry-locked.ts";
import { describeLocker, findLocked, findLocker } from "../../queue-table/row-locker.sql.ts";
import { OPERATOR_ROW_LOCK_TIMEOUT_MS } from "../selection/locked-jobs.ts";
import { separateRefused } from "../../postgres/separate-refused.ts";
import { addRefused, NONE_REFUSED, type RefusedRows } from "../../runs/refused-rows.ts";

export interface EraseOptions {
  readonly person: Person;
  readonly dryRun: boolean;
  readonly action: OperatorAction;
}

export interface EraseReport extends RefusedRows {
  /** With `dryRun`, what would be erased. */
  readonly erased: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Repeating it finds nothing: both lists are empty.
 * @throws UsageError if jobs of several families use the name: then it is not one person's
 */
export async function eraseFromQueue(
  { person, dryRun, action }: EraseOptions,
  lock: HeldLock,
  db: Database,
): Promise<EraseReport> {
  const found = await findJobsOf(lock, person);
  refuseSeveralPeople(found, person);
  if (dryRun) return report(part(found));
  await lock.releaseSnapshot();
  const erased: JobOfPerson[] = [];
  const left: JobOfPerson[] = [];
  let refused = NONE_REFUSED;
  let todo = found.map(({ id }) => id);
  const eraseAll = async () => {
    const locked: string[] = [];
    const refusals = await separateRefused(
      todo,
      (id) => id,
      async (ids) => {
        const done = await db
          .transaction((tx) => eraseJobsOf(tx, person, ids, action))
          .catch(orAuditRefused);
        erased.push(...done.erased);
        left.push(...done.left);
        locked.push(...(await findLocked(db, ids, [...done.erased, ...done.left])));
      },
    );
    refused = addRefused(refused, refusals);
    todo = locked;
    return locked.length === 0;
  };
  await retryLocked(eraseAll, () => OPERATOR_ROW_LOCK_TIMEOUT_MS);
  const { skipped, ...done } = report({ erased, left });
  return { ...done, skipped: [...skipped, ...(await whyLocked(todo, db))], ...refused };
}

async function whyLocked(ids: readonly string[], db: Database) {
  return Promise.all(
    ids.map(async (id) => {
      const who = describeLocker(await findLocker(db, id));
      return {
        id,
        reason: `its row is locked (${who}): erase again when that transaction is over`,
      };
    }),
  );
}

function report({ erased, left }: ReturnType<typeof part>): EraseReport {
  return {
    erased: erased.map(({ id }) => id),
    skipped: left.map((job) => ({ id: job.id, reason: whyHeld(job) })),
    ...NONE_REFUSED,
  };
}

/** Other families may have queued the same taken username. */
function refuseSeveralPeople(jobs: readonly JobOfPerson[], { username }: Person): void {
  const families = [...new Set(jobs.map(({ familyId }) => familyId))];
  if (families.length < 2) return;
  throw new UsageError(
    `Jobs of ${families.length} families have the username ${JSON.stringify(username)}, and nothing was erased. ` +
      `Choose one: --family ${families.join(" or --family ")}.`,
  );
}

function part(jobs: readonly JobOfPerson[]) {
  return {
    erased: jobs.filter(({ status }) => status !== "processing"),
    left: jobs.filter(({ status }) => status === "processing"),
  };
}

/** A run may be creating the account now: what it writes afterwards would outlive the job. */
function whyHeld({ runId, leaseEndsAt, leaseOver }: JobOfPerson): string {
  const free = "`retry-accounts` settles or recovers it; then erase again";
  if (runId === null || leaseEndsAt === null) {
    const holder =
      runId === null ? "no run of this tool" : `run ${runId} until a time that no run sets`;
    return `processing, held by ${holder}: after RETRY_LEASE ${free}`;
  }
  const until = leaseEndsAt.toISOString();
  return leaseOver
    ? `processing: run ${runId} held it until ${until} and did not finish it; ${free}`
    : `processing: run ${runId} holds it until ${until}; erase again when it is settled`;
}
