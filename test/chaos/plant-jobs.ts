// What a round begins with: families, and jobs of theirs that are due.
import { randomUUID } from "node:crypto";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { Secret } from "../../src/secret.ts";
import { FAMILIES } from "./family-trouble.ts";
import type { Random } from "./random.ts";
import type { RoundDatabase, Stage } from "./stage.ts";

/** @returns how many jobs there are */
export async function plantJobs(stage: Stage, db: RoundDatabase, random: Random): Promise<number> {
  const families = FAMILIES.map((name) => ({ id: randomUUID(), name }));
  for (const { id, name } of families)
    await db.query("insert into auth.families (id, name, owner_id) values ($1, $2, $1)", [
      id,
      name,
    ]);
  // The queue has a foreign key to families in one of FamilyHub's variants only.
  if (random.chance(0.5)) await db.query(WITHOUT_FOREIGN_KEY);
  const count = random.integer(8, 30);
  for (let i = 0; i < count; i += 1) {
    const id = randomUUID();
    const family = i % 2 === 0 ? families[0] : random.pick(families);
    const content = { kind: "password", value: new Secret(`Aa1!storm${i}`) } as const;
    await db.query(
      `insert into auth.queued_managed_account_creations
         (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status, next_retry_at)
       values ($1, $2, $3, 'Kim Storm', 'managed_account', $4, $2, 'pending',
               case when $5 then now() end)`,
      // Every third was never scheduled, which means due as well.
      [id, family?.id, `storm_${i}`, await sealEnvelope(content, id, stage.ring), i % 3 > 0],
    );
  }
  return count;
}

const WITHOUT_FOREIGN_KEY = `
  alter table auth.queued_managed_account_creations
  drop constraint fk_queued_managed_account_creations_families_family_id`;
