// The longest lock of many batches, with somebody writing. Not of the runs whose writes are timed: to watch
// costs time as well.
import { watchLocks } from "../../measure/locks.ts";
import { figure } from "../../measure/spread.ts";
import { startWriter } from "../../measure/writer.ts";
import { atMost, type Verdict } from "../../row.ts";
import type { BenchDatabase } from "../../stage/database.ts";
import type { SweepScene } from "./scene.ts";

const LIMIT_MS = 100;

export async function judgeLocks(scene: SweepScene, leastBatches: number): Promise<Verdict> {
  const longest: number[] = [];
  let batches = 0;
  while (batches < leastBatches) {
    const seen = await scene.onCopy((db) => watchRun(scene, db));
    longest.push(seen.longestMs);
    batches += seen.batches;
  }
  const runs = longest.length === 1 ? "one run" : `${longest.length} runs`;
  return {
    what: `${scene.what}: longest lock`,
    ours: `${figure(Math.max(...longest))} ms, of ${batches} batches in ${runs}`,
    theirs: `limit ${LIMIT_MS} ms`,
    rounds: longest.map((ms) => ms / LIMIT_MS),
    goal: atMost(1),
    limit: "A batch aims at 30 ms; one that meets the writes of a checkpoint takes longer.",
    samples: { ours: longest, batches: [batches] },
  };
}

async function watchRun({ sweep, run }: SweepScene, db: BenchDatabase) {
  const writer = await startWriter(db, sweep.write);
  const locks = await watchLocks(db, sweep.table);
  try {
    await run(db);
  } finally {
    await Promise.all([writer.stop(), locks.stop()]);
  }
  const batches = await db.number(
    "select count(*) from family_hub_jobs.operator_actions where verb = $1",
    [sweep.verb],
  );
  if (batches === 0) throw new Error(`${sweep.verb} left no batch in the audit`);
  return { longestMs: locks.longestMs(), batches };
}
