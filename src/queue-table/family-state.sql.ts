// Whether a family exists in FamilyHub.
import type { FamilyState } from "../domain/job.ts";
import type { Queryable } from "../postgres/database.ts";
import { familyState } from "./queue.sql.ts";

export async function readFamilyState(db: Queryable, familyId: string): Promise<FamilyState> {
  const [row] = await db.query<{ family: FamilyState }>(
    `select ${familyState("$1::uuid")} as family`,
    [familyId],
  );
  return row?.family ?? "missing";
}
