// Enqueues a job for an operator, with its entry in the audit log, in one statement.
import type { OperatorAction } from "../../domain/operator-action.ts";
import type { Queryable } from "../../postgres/database.ts";
import { QUEUE } from "../../queue-table/queue.sql.ts";
import { checkWritten, type Written } from "../../postgres/row-refused.ts";

export interface NewJob {
  readonly id: string;
  readonly familyId: string;
  readonly username: string;
  readonly fullName: string;
  readonly role: string;
  readonly encryptedPassword: string;
  readonly createdByUserId: string;
}

/**
 * @returns false if the family does not exist or is deleted, and nothing was added
 * @throws RowRefused if the database refuses the job: throw it within the transaction
 */
export async function addJob(db: Queryable, job: NewJob, action: OperatorAction): Promise<boolean> {
  const rows = await db.query<Written>(
    `with added as (
       insert into ${QUEUE}
         (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
          retry_count, status, next_retry_at, created_at, updated_at)
       select $1::uuid, f.id, $3, $4, $5, $6, $7::uuid, 0, 'pending', now(), now(), now()
       from auth.families f
       where f.id = $2 and f.deleted_at is null
       returning id, case when id <> $1::uuid or family_id <> $2::uuid or username::text <> $3
                               or role::text <> $5 or encrypted_password::text <> $6 then '${QUEUE}' end
                       as "overruledOn"
     ),
     audit as (
       insert into family_hub_jobs.operator_actions (actor, verb, reason, job_id, after)
       select $8, 'add', $9, id, pg_catalog.jsonb_build_object('status', 'pending') from added
     )
     select "overruledOn" from added`,
    [
      job.id,
      job.familyId,
      job.username,
      job.fullName,
      job.role,
      job.encryptedPassword,
      job.createdByUserId,
      action.actor,
      action.reason,
    ],
  );
  checkWritten(rows);
  // Checked now, not at the commit: a generated password is printed before that.
  await db.query("set constraints all immediate");
  return rows.length === 1;
}
