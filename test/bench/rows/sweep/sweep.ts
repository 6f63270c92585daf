// The requirements for all work in batches: its time, its locks, other writers, and constant speed.
import type { Sizes } from "../../options.ts";
import type { Findings } from "../../row.ts";
import type { Stage } from "../../stage/stage.ts";
import { judgeHeld } from "./held.ts";
import { judgeLocks } from "./locks.ts";
import { onTemplate, type Sweep } from "./scene.ts";
import { judgeWalls } from "./walls.ts";
import { judgeWrites } from "./writes.ts";

export interface Extent {
  readonly size: number;
  readonly rounds: number;
  /** For the longest lock: as many runs as it takes to see that number of batches. */
  readonly watched: { readonly size: number; readonly batches: number };
}

export function purgeExtent({ purge, purgeWatched, watchedBatches, rounds }: Sizes): Extent {
  return {
    ...{ size: purge, rounds },
    watched: { size: purgeWatched, batches: watchedBatches },
  };
}

export async function judgeSweep(
  stage: Stage,
  sweep: Sweep,
  { size, rounds, watched }: Extent,
): Promise<Findings> {
  const found = await onTemplate(stage, sweep, size, async (scene) => ({
    walls: await judgeWalls(scene, rounds),
    writes: await judgeWrites(scene, rounds),
    held: await judgeHeld(scene, rounds),
    locks: watched.size === size ? await judgeLocks(scene, watched.batches) : null,
  }));
  const locks =
    found.locks ??
    (await onTemplate(stage, sweep, watched.size, (scene) => judgeLocks(scene, watched.batches)));
  const { walls, writes, held } = found;
  return { verdicts: [...walls, locks, writes, held.verdict], curves: [held.curve] };
}
