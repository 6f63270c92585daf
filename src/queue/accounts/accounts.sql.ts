// What the queue and FamilyHub know about jobs before Zitadel is asked for their accounts.
import type { Cause } from "../../domain/cause.ts";
import type { FamilyState } from "../../domain/job.ts";
import type { Queryable } from "../../postgres/database.ts";
import {
  hasUsername,
  familyState,
  LAST_FAULT,
  MAY_SEE_FAMILIES,
  QUEUE,
  STATUS,
} from "../../queue-table/queue.sql.ts";

export interface JobToVerify extends Cause {
  readonly id: string;
  readonly familyId: string;
  readonly createdAt: Date;
  readonly status: string;
  readonly retryCount: number;
  /** Trimmed and lowercased, as the run reads it. */
  readonly username: string;
  readonly fullName: string;
  readonly role: string;
  /** null for a role that may not read it, like the next three. */
  readonly erased: boolean | null;
  readonly family: FamilyState | null;
  /** Another FamilyHub user has the username or its synthetic email address. */
  readonly usernameHeld: boolean | null;
  /** That user's ID in Zitadel; null also if the user is not from Zitadel. */
  readonly heldBy: string | null;
}

interface Readable {
  readonly passwords: boolean;
  readonly families: boolean;
  readonly users: boolean;
}

/** Locks nothing, and leaves out IDs that no job has. */
export async function readJobsToVerify(
  db: Queryable,
  ids: readonly string[],
  emailDomain: string,
): Promise<JobToVerify[]> {
  const [may] = await db.query<Readable>(READABLE);
  const { passwords, families, users } = may as Readable;
  const holder = `
    cross join lateral (
      select count(*) > 0 as held,
             min(case when u.external_provider::text = 'zitadel' then u.external_user_id::text end)
               as zitadel_id
      from auth.users u
      where ${hasUsername("$2::text")}
    ) holder`;
  return db.query<JobToVerify>(
    `select q.id,
            q.family_id as "familyId",
            q.created_at as "createdAt",
            ${STATUS} as status,
            q.retry_count as "retryCount",
            lower(btrim(q.username::text)) as username,
            btrim(q.full_name::text) as "fullName",
            q.role,
            q.last_error_code as code,
            cause.grpc_code as "grpcCode",
            cause.zitadel_error_id as "zitadelErrorId",
            ${passwords ? "q.encrypted_password::text = ''" : "null::boolean"} as erased,
            ${families ? familyState("q.family_id") : "null::text"} as family,
            ${users ? "holder.held" : "null::boolean"} as "usernameHeld",
            ${users ? "holder.zitadel_id" : "$2::text"} as "heldBy"
     from ${QUEUE} q
     -- Grouped as in \`queue errors\`.
     left join lateral (${LAST_FAULT}) cause on cause.error_code::text = q.last_error_code::text
     ${users ? holder : ""}
     where q.id = any ($1::uuid[])`,
    [ids, users ? emailDomain : null],
  );
}

const READABLE = `
  select has_column_privilege('${QUEUE}', 'encrypted_password', 'select') as passwords,
         ${MAY_SEE_FAMILIES} as families,
         (select bool_and(has_column_privilege('auth.users', name, 'select'))
          from unnest(array['username', 'email', 'external_provider', 'external_user_id']) as name)
         as users`;
