// What FamilyHub's API and a wrong clock do to rows in flight: change, delete and lock them, move their times.
import { setTimeout as sleep } from "node:timers/promises";
import { moveClock } from "./clock-trouble.ts";
import { createFamilyTrouble } from "./family-trouble.ts";
import { createMeanwhile } from "./meanwhile.ts";
import type { Random } from "./random.ts";
import { IN_FLIGHT, QUEUE } from "./rows-in-flight.ts";
import type { RoundDatabase, Stage } from "./stage.ts";

export interface FamilyHubTrouble {
  /** Once a wave, before its runs. @returns how many things happen while they work */
  begin(): number;
  /** All that was planned has happened, and no row is locked any more. */
  end(): Promise<void>;
  /** Deleted families are back, and moved jobs in the one that their account was made for. */
  giveBack(): Promise<void>;
  /** Jobs that were deleted while a run had them, with that run. */
  readonly deleted: ReadonlyMap<string, string>;
  /** Jobs that were moved to another family while a run had them. */
  readonly moved: ReadonlySet<string>;
  /** Families that are marked as deleted, each with the runs that had begun by then. */
  readonly begunBefore: ReadonlyMap<string, readonly string[]>;
}

export function createFamilyHubTrouble(
  stage: Stage,
  db: RoundDatabase,
  random: Random,
): FamilyHubTrouble {
  const meanwhile = createMeanwhile(random);
  const families = createFamilyTrouble(stage, db, random, meanwhile);
  const deleted = new Map<string, string>();

  const change = () => {
    const [seed, set] = [random.next(), random.pick(CHANGES)];
    meanwhile.plan(() =>
      db.query(`update ${QUEUE} q set ${set}, updated_at = now() where ${IN_FLIGHT}`, [0.5, seed]),
    );
  };

  const remove = () => {
    const seed = random.next();
    meanwhile.plan(async () => {
      const rows = await db.query<{ id: string; runId: string }>(
        `delete from ${QUEUE} q where ${IN_FLIGHT} returning q.id, q.claimed_by_run_id as "runId"`,
        [0.3, seed],
      );
      for (const { id, runId } of rows) deleted.set(id, runId);
    });
  };

  const lock = () => {
    const [seed, forMs] = [random.next(), random.integer(50, 1200)];
    meanwhile.plan(async () => {
      const client = await db.connect();
      client.on("error", () => undefined);
      try {
        await client.query("begin");
        await client.query(`select from ${QUEUE} q where ${IN_FLIGHT} for update`, [0.3, seed]);
        await sleep(forMs);
      } finally {
        client.release(true);
      }
    });
  };

  const clock = () => {
    const hours = random.pick([-30, -2, 2, 30]);
    meanwhile.plan(() => moveClock(db, hours));
  };

  const kinds = [change, change, remove, lock, lock, clock, ...families.kinds];

  return {
    deleted,
    moved: families.moved,
    begunBefore: families.begunBefore,
    begin: () => {
      const count = random.integer(0, 3);
      for (let index = 0; index < count; index += 1) random.pick(kinds)();
      return count;
    },
    end: () => meanwhile.over(),
    giveBack: () => families.giveBack(),
  };
}

/** As an administrator corrects a child's data before anybody can know that they are on their way. */
const CHANGES = [
  "username = q.username::text || '_b'",
  "full_name = 'Robin Changed'",
  "role = 'member'",
] as const;
