// Watches how many connections a run has to Postgres at once.
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchDatabase } from "../stage/database.ts";

const EVERY_MS = 20;

export async function watchConnections(db: BenchDatabase): Promise<{ most(): Promise<number> }> {
  let [most, watching] = [0, true];
  const watch = (async () => {
    while (watching) {
      most = Math.max(most, await db.number(COUNT));
      await sleep(EVERY_MS);
    }
  })();
  return {
    most: async () => {
      watching = false;
      await watch;
      return most;
    },
  };
}

const COUNT = `
  select count(*) from pg_stat_activity
  where application_name like 'fhj %' and datname = current_database()`;
