// What `queue stats` costs in Postgres, all its statements together.
import type { HeldLock } from "../../../src/lock/lock-attempt.ts";
import { readStats } from "../../../src/queue/stats/stats.ts";
import { measureStatements } from "../measure/statement.ts";
import type { BenchDatabase } from "../stage/database.ts";

const MINUTE_MS = 60_000;
const OPTIONS = {
  leaseMs: 5 * MINUTE_MS,
  schedule: { delaysMs: [1, 5, 15, 60, 240].map((minutes) => minutes * MINUTE_MS), jitter: 0 },
  exact: false,
  hasKey: null,
};

/** @returns milliseconds of each round */
export async function measureStats(db: BenchDatabase, rounds: number): Promise<number[]> {
  const client = await db.connect();
  try {
    await client.query("set time zone 'UTC'");
    return await measureStatements(
      client,
      // Of the lock it needs the connection and the clock.
      (asked) => readStats(OPTIONS, { ...asked, startedAt: new Date() } as HeldLock),
      rounds,
    );
  } finally {
    await client.end();
  }
}
