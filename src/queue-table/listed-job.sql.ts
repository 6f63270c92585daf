// A job as in lists and reports: every column except the password.
import { STATUS } from "./queue.sql.ts";

/** Never contains the password, in any form. */
export interface ListedJob {
  readonly id: string;
  readonly familyId: string;
  readonly username: string;
  readonly fullName: string;
  readonly role: string;
  /** Trimmed and lowercased; if it is not a JobStatus, runs skip the row. */
  readonly status: string;
  readonly retryCount: number;
  readonly nextRetryAt: Date | null;
  readonly lastErrorCode: string | null;
  readonly lastErrorMessage: string | null;
  readonly createdByUserId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly completedAt: Date | null;
  readonly zitadelUserId: string | null;
}

/** The columns of ListedJob. */
export const LISTED_COLUMNS = `
  q.id,
  q.family_id as "familyId",
  q.username,
  q.full_name as "fullName",
  q.role,
  ${STATUS} as status,
  q.retry_count as "retryCount",
  q.next_retry_at as "nextRetryAt",
  q.last_error_code as "lastErrorCode",
  q.last_error_message as "lastErrorMessage",
  q.created_by_user_id as "createdByUserId",
  q.created_at as "createdAt",
  q.updated_at as "updatedAt",
  q.completed_at as "completedAt",
  q.zitadel_user_id as "zitadelUserId"`;
