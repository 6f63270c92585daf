// What FamilyHub's API does to families while their jobs are in flight: deletes them, moves jobs to others.
import type { Meanwhile } from "./meanwhile.ts";
import type { Random } from "./random.ts";
import { IN_FLIGHT, QUEUE } from "./rows-in-flight.ts";
import type { RoundDatabase, Stage } from "./stage.ts";

export interface FamilyTrouble {
  /** Each plans one thing. */
  readonly kinds: readonly (() => void)[];
  /** Deleted families are back, and moved jobs in the one that their account was made for. */
  giveBack(): Promise<void>;
  /** Jobs that were moved to another family while a run had them. */
  readonly moved: ReadonlySet<string>;
  /** Families that are marked as deleted, each with the runs that had begun by then: a clock may be moved. */
  readonly begunBefore: ReadonlyMap<string, readonly string[]>;
}

export function createFamilyTrouble(
  stage: Stage,
  db: RoundDatabase,
  random: Random,
  meanwhile: Meanwhile,
): FamilyTrouble {
  const moved = new Set<string>();
  const gone = new Set<string>();
  const begunBefore = new Map<string, readonly string[]>();

  const move = () => {
    const seed = random.next();
    meanwhile.plan(async () => {
      const jobs = await db.query<{ id: string }>(
        `update ${QUEUE} q
         set family_id = (select f.id from auth.families f where f.id <> q.family_id
                          order by f.name limit 1),
             updated_at = now()
         where ${IN_FLIGHT} returning q.id`,
        [0.4, seed],
      );
      for (const { id } of jobs) moved.add(id);
    });
  };

  const markDeleted = () => {
    const name = random.pick(FAMILIES);
    meanwhile.plan(async () => {
      const families = await db.query<{ id: string }>(
        `update auth.families set deleted_at = now() where name = $1 and deleted_at is null returning id`,
        [name],
      );
      const runs = await db.query<{ id: string }>("select run_id as id from family_hub_jobs.runs");
      for (const { id } of families) {
        begunBefore.set(
          id,
          runs.map((run) => run.id),
        );
      }
    });
  };

  /** Refused while it has users; its jobs keep it where they refer to it by a foreign key. */
  const remove = () => {
    const name = random.pick(FAMILIES);
    meanwhile.plan(async () => {
      const families = await db.query<{ id: string }>(
        `delete from auth.families where name = $1 returning id`,
        [name],
      );
      for (const { id } of families) gone.add(id);
    });
  };

  return {
    kinds: [move, markDeleted, remove],
    moved,
    begunBefore,
    giveBack: async () => {
      begunBefore.clear();
      await db.query(
        `insert into auth.families (id, name, owner_id)
         select id, 'Back ' || n, id from unnest($1::uuid[]) with ordinality as gone (id, n)
         on conflict do nothing`,
        [[...gone]],
      );
      await db.query("update auth.families set deleted_at = null where deleted_at is not null");
      for (const { userId, metadata } of await stage.zitadel.control.listUsers()) {
        if (!moved.has(userId)) continue;
        await db.query(
          `update ${QUEUE} q set family_id = $2 where q.id = $1 and q.status <> 'completed'`,
          [userId, metadata["familyhub.family_id"]],
        );
      }
    },
  };
}

/** The first one is the largest. */
export const FAMILIES = ["Storm", "Gale", "Breeze"] as const;
