// What somebody who writes to the table notices of it.
import { setTimeout as sleep } from "node:timers/promises";
import { ratios } from "../../measure/rounds.ts";
import { figure, median, quantile, spread } from "../../measure/spread.ts";
import { startWriter } from "../../measure/writer.ts";
import { atMost, type Verdict } from "../../row.ts";
import type { BenchDatabase } from "../../stage/database.ts";
import { timed, type SweepScene } from "./scene.ts";

const ALONE_MS = 3000;

type Latencies = readonly number[];

/** A round is a writer without the command, and at once after it one with it: the pace of disks changes. */
export async function judgeWrites(scene: SweepScene, rounds: number): Promise<Verdict> {
  const [alone, during]: [Latencies[], Latencies[]] = [[], []];
  while (during.length < rounds) {
    await scene.onCopy(async (db) => {
      alone.push(await writing(scene, db, () => sleep(ALONE_MS)));
      await db.query("checkpoint");
      during.push(await writing(scene, db, () => scene.run(db)));
    });
  }
  const statement = await besideStatement(scene);
  const [bare, medians] = [alone.map(median), during.map(median)];
  return {
    what: `${scene.what}: a write at the same time`,
    ours: typical(during),
    theirs: `without the command ${typical(alone)}${statement === null ? "" : `; during one statement ${typical([statement])}`}`,
    rounds: ratios(medians, bare),
    goal: atMost(1.1),
    limit:
      "The tool's own work, sealing above all, takes processors that the writer and Postgres want, too.",
    samples: {
      ...{ during: during.flat(), alone: alone.flat() },
      ...(statement === null ? {} : { statement }),
    },
  };
}

/** Once: no goal is asked of it. */
async function besideStatement(scene: SweepScene): Promise<Latencies | null> {
  const { oneStatement } = scene.sweep;
  if (oneStatement === null) return null;
  return scene.onCopy((db) => writing(scene, db, () => timed(db, oneStatement)));
}

async function writing(
  { sweep }: SweepScene,
  db: BenchDatabase,
  meanwhile: () => Promise<unknown>,
): Promise<Latencies> {
  const writer = await startWriter(db, sweep.write);
  try {
    await meanwhile();
  } finally {
    await writer.stop();
  }
  return writer.latencies;
}

/** `1.2 ms (1.1-1.3), 19 of 20 within 4.5` */
function typical(rounds: readonly Latencies[]): string {
  const within = figure(quantile(rounds.flat(), 0.95));
  return `${spread(rounds.map(median), "ms")}, 19 of 20 within ${within}`;
}
