// FamilyHub's rows that can keep a job from running: its family, and users with its username.
import { readFamilyState } from "../../queue-table/family-state.sql.ts";
import type { FamilyState } from "../../domain/job.ts";
import type { Queryable } from "../../postgres/database.ts";
import { hasUsername, MAY_SEE_FAMILIES, QUEUE } from "../../queue-table/queue.sql.ts";

export interface RelatedRows {
  /** null for a role that may not read it. */
  readonly family: FamilyState | null;
  /** By another FamilyHub user; null for a role that may not read it. */
  readonly usernameHeld: boolean | null;
}

export async function readRelatedRows(
  db: Queryable,
  job: { readonly id: string; readonly familyId: string },
  emailDomain: string,
): Promise<RelatedRows> {
  const [may] = await db.query<{ families: boolean; users: boolean }>(
    `select ${MAY_SEE_FAMILIES} as families,
            (select bool_and(has_column_privilege('auth.users', name, 'select'))
             from unnest(array['username', 'email', 'external_provider', 'external_user_id']) as name) as users`,
  );
  return {
    family: may?.families === true ? await readFamilyState(db, job.familyId) : null,
    usernameHeld: may?.users === true ? await usernameHeld(db, job.id, emailDomain) : null,
  };
}

async function usernameHeld(db: Queryable, id: string, emailDomain: string): Promise<boolean> {
  const [row] = await db.query<{ held: boolean }>(
    `select exists (select from auth.users u where ${hasUsername("$2::text")}) as held
     from ${QUEUE} q
     where q.id = $1`,
    [id, emailDomain],
  );
  return row?.held === true;
}
