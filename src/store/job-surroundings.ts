// What stands around a job that may keep it from running: its family and its name.
import type { Queryable } from "./database.ts";
import { bearsName, QUEUE } from "./queue-sql.ts";

export interface JobSurroundings {
  /** null to a role that may not look. */
  readonly familyExists: boolean | null;
  /** By another FamilyHub user; null to a role that may not look. */
  readonly usernameHeld: boolean | null;
}

export async function readSurroundings(
  db: Queryable,
  job: { readonly id: string; readonly familyId: string },
  emailDomain: string,
): Promise<JobSurroundings> {
  const [may] = await db.query<{ families: boolean; users: boolean }>(
    `select has_column_privilege('auth.families', 'id', 'select') as families,
            (select bool_and(has_column_privilege('auth.users', name, 'select'))
             from unnest(array['username', 'email', 'external_provider', 'external_user_id']) as name) as users`,
  );
  return {
    familyExists: may?.families === true ? await familyExists(db, job.familyId) : null,
    usernameHeld: may?.users === true ? await usernameHeld(db, job.id, emailDomain) : null,
  };
}

async function familyExists(db: Queryable, familyId: string): Promise<boolean> {
  const [row] = await db.query<{ found: boolean }>(
    "select exists (select from auth.families f where f.id = $1) as found",
    [familyId],
  );
  return row?.found === true;
}

async function usernameHeld(db: Queryable, id: string, emailDomain: string): Promise<boolean> {
  const [row] = await db.query<{ held: boolean }>(
    `select exists (select from auth.users u where ${bearsName("$2::text")}) as held
     from ${QUEUE} q
     where q.id = $1`,
    [id, emailDomain],
  );
  return row?.held === true;
}
