// What FamilyHub's API and a wrong clock do to rows in flight: change, delete and lock them, move their times.
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.ts";
import type { RoundDatabase } from "./stage.ts";

const QUEUE = "auth.queued_managed_account_creations";

export interface FamilyHubTrouble {
  /** Once a wave, before its runs. @returns how many things happen while they work */
  begin(): Promise<number>;
  /** All that was planned has happened, and no row is locked any more. */
  end(): Promise<void>;
  /** Jobs whose name, full name or role was changed while a run had them. */
  readonly changed: ReadonlySet<string>;
  /** Jobs that were deleted while a run had them, with that run. */
  readonly deleted: ReadonlyMap<string, string>;
}

export function createFamilyHubTrouble(db: RoundDatabase, random: Random): FamilyHubTrouble {
  const changed = new Set<string>();
  const deleted = new Map<string, string>();
  let under: Promise<unknown> = Promise.resolve();

  /** Postgres may be down just then, or a run has the row locked for longer than we wait. */
  const plan = (work: () => Promise<unknown>): void => {
    const atMs = random.integer(100, 900);
    under = Promise.all([under, sleep(atMs).then(work)]).catch(() => undefined);
  };

  const change = () => {
    const [seed, set] = [random.next(), random.pick(CHANGES)];
    plan(async () => {
      const rows = await db.query<Held>(
        `update ${QUEUE} q set ${set}, updated_at = now()
         where ${IN_FLIGHT} returning q.id, q.claimed_by_run_id as "runId"`,
        [0.5, seed],
      );
      for (const { id } of rows) changed.add(id);
    });
  };

  const remove = () => {
    const seed = random.next();
    plan(async () => {
      const rows = await db.query<Held>(
        `delete from ${QUEUE} q where ${IN_FLIGHT} returning q.id, q.claimed_by_run_id as "runId"`,
        [0.3, seed],
      );
      for (const { id, runId } of rows) deleted.set(id, runId);
    });
  };

  const lock = () => {
    const [seed, forMs] = [random.next(), random.integer(50, 1200)];
    plan(async () => {
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

  /** What a database's clock leaves behind that was wrong by hours for a moment. */
  const moveClock = () => {
    const hours = random.pick([-30, -2, 2, 30]);
    plan(() =>
      db.query(
        `with moved as (
           update ${QUEUE} q
           set lease_expires_at = q.lease_expires_at + $1::int * interval '1 hour',
               next_retry_at = q.next_retry_at + $1::int * interval '1 hour',
               updated_at = q.updated_at + $1::int * interval '1 hour'
           where q.status in ('pending', 'processing'))
         update family_hub_jobs.breaker b
         set paused_until = b.paused_until + $1::int * interval '1 hour',
             opened_at = b.opened_at + $1::int * interval '1 hour'`,
        [hours],
      ),
    );
  };

  const kinds = [change, change, remove, lock, lock, moveClock];

  return {
    changed,
    deleted,
    begin: () => {
      const count = random.integer(0, 3);
      for (let index = 0; index < count; index += 1) random.pick(kinds)();
      return Promise.resolve(count);
    },
    end: async () => {
      await under;
    },
  };
}

interface Held {
  readonly id: string;
  readonly runId: string;
}

/** As an administrator corrects a child's data before anybody can know that they are on their way. */
const CHANGES = [
  "username = q.username::text || '_b'",
  "full_name = 'Robin Changed'",
  "role = 'member'",
] as const;

/** $1 the share of the jobs that runs have, $2 which of them: the same ones for the same seed. */
const IN_FLIGHT = `q.status = 'processing' and q.claimed_by_run_id is not null
  and mod(abs(hashtext(q.username::text || $2::text))::numeric, 1000) < $1::numeric * 1000`;
