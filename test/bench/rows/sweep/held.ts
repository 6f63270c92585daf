// Whether its batches keep their pace while somebody holds a snapshot, so that no dead row can be cleared.
import { batchCosts, slope } from "../../measure/batches.ts";
import { figure, median, spread } from "../../measure/spread.ts";
import { atMost, type Curve, type Verdict } from "../../row.ts";
import type { BenchDatabase } from "../../stage/database.ts";
import { holdSnapshot } from "../../stage/held-snapshot.ts";
import type { SweepScene } from "./scene.ts";

export async function judgeHeld(
  scene: SweepScene,
  rounds: number,
): Promise<{ verdict: Verdict; curve: Curve }> {
  const runs: (readonly number[])[] = [];
  while (runs.length < rounds) runs.push(await scene.onCopy((db) => heldRun(scene, db)));
  const slopes = runs.map(slope);
  const batches = figure(median(runs.map(({ length }) => length)));
  return {
    verdict: {
      what: `${scene.what}: last batches under a held snapshot`,
      ours: `${spread(slopes)} of the first`,
      theirs: `${batches} batches, median ${figure(median(runs.flat()))} ms for 1,000 rows`,
      rounds: slopes,
      goal: atMost(1.2),
      samples: { msFor1000Rows: runs.flat() },
    },
    curve: curveOf(scene.what, runs.at(-1) ?? []),
  };
}

async function heldRun({ sweep, run }: SweepScene, db: BenchDatabase) {
  const release = await holdSnapshot(db);
  try {
    await run(db);
    return await batchCosts(db, sweep.verb, sweep.counted);
  } finally {
    await release();
  }
}

function curveOf(what: string, batches: readonly number[]): Curve {
  const step = Math.max(1, Math.floor(batches.length / 40));
  const points = batches.flatMap((cost, at) => (at % step === 0 ? [{ size: at + 1, cost }] : []));
  return {
    what,
    unit: "ms for 1,000 rows, while somebody holds a snapshot",
    sizeOf: "batches done",
    points,
  };
}
