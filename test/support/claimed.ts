// Jobs as a run holds them, for tests of what becomes of them.
import { randomUUID } from "node:crypto";
import type { ClaimedJob } from "../../src/domain/job.ts";
import type { Database, Queryable } from "../../src/postgres/database.ts";
import { CLAIMED_COLUMNS, QUEUE } from "../../src/queue-table/queue.sql.ts";
import type { TestDatabase } from "./database.ts";

/** One that no database knows. */
export function claimedJob(fields: Partial<ClaimedJob> = {}): ClaimedJob {
  const id = randomUUID();
  return {
    ...{ id, familyId: id, username: "kim", fullName: "Kim Smith", role: "managed_account" },
    ...{ encryptedPassword: "", createdByUserId: id, createdAt: new Date(0), retryCount: 0 },
    ...{ family: "present", usernameHeld: false, traceparent: null },
    ...fields,
  };
}

/** As a run would have it that claims the job now. */
export async function asClaimed(db: TestDatabase, id: string): Promise<ClaimedJob> {
  const row = await db.one<Partial<ClaimedJob>>(
    `select ${CLAIMED_COLUMNS} from ${QUEUE} q where q.id = $1`,
    [id],
  );
  return claimedJob(row);
}

/** Statements one by one, where it does not matter that they are one transaction. */
export function withoutTransaction(db: Queryable): Pick<Database, "transaction"> {
  return { transaction: (work) => work(db) };
}
