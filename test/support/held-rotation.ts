// Holds a rotation in the middle of a batch: its rows are written, and nothing is committed yet.
import pg from "pg";
import type { TestDatabase } from "./database.ts";
import { until } from "./wait-until.ts";

export interface Hold {
  /** Resolves when a rotation is held. */
  reached(): Promise<void>;
  /** Lets it go on, and holds no other. */
  release(): Promise<void>;
}

/** @param count the batch with which so many jobs have been rotated since the last `Hold` is held */
export async function holdRotationAt(db: TestDatabase, count: number): Promise<Hold> {
  await db.query(`
    create or replace function public.hold_rotation() returns trigger language plpgsql as $$
    begin
      if (select sum((after ->> 'rotated')::int) >= ${count} from family_hub_jobs.operator_actions
          where verb = 'rotate') then
        perform pg_advisory_xact_lock_shared(7, 7);
      end if;
      return null;
    end $$;
    create trigger hold_rotation after insert on family_hub_jobs.operator_actions
      for each row execute function public.hold_rotation()`);
  const holder = new pg.Client({ connectionString: db.url });
  await holder.connect();
  await holder.query("select pg_advisory_lock(7, 7)");
  return {
    reached: () => until(db, HELD),
    release: async () => {
      await holder.end();
      await db.query("drop trigger hold_rotation on family_hub_jobs.operator_actions");
    },
  };
}

const HELD = `exists (select from pg_locks where locktype = 'advisory'
  and classid = 7 and objid = 7 and not granted
  and database = (select oid from pg_database where datname = current_database()))`;
