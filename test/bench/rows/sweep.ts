// What all that works in batches is held to: its whole time, its locks, whoever writes beside it, flatness.
import { batchTimes, slope } from "../measure/batches.ts";
import { watchLocks } from "../measure/locks.ts";
import { figure, median, spread } from "../measure/spread.ts";
import { startWriter } from "../measure/writer.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { alternate } from "../measure/rounds.ts";
import { atMost, type Curve, type Verdict } from "../row.ts";
import type { BenchDatabase } from "../stage/database.ts";
import { holdSnapshot } from "../stage/held-snapshot.ts";
import type { Stage } from "../stage/stage.ts";

export interface Sweep {
  /** As the table says it. */
  readonly what: string;
  /** Names the database that every round begins with a copy of. */
  readonly template: string;
  readonly args: readonly string[];
  /** In the audit. */
  readonly verb: string;
  readonly table: string;
  /** The same by one statement; null where none can do it. */
  readonly oneStatement: string | null;
  /** One write of somebody else's to the table. */
  readonly write: string;
  /** @throws when the work was not done */
  readonly check: (db: BenchDatabase) => Promise<void>;
}

const LOCK_LIMIT_MS = 100;
const ALONE_MS = 3000;

export async function judgeSweep(stage: Stage, sweep: Sweep, rounds: number) {
  const run = async (db: BenchDatabase) => {
    const { wallMs } = await stage.ours(sweep.args, { DATABASE_URL: db.url });
    await sweep.check(db);
    return wallMs;
  };
  const { what } = sweep;
  const verdicts: Verdict[] = [];
  const { oneStatement } = sweep;
  if (oneStatement !== null) {
    const times = await alternate(
      {
        ours: () => onCopy(stage, sweep, run),
        statement: () => onCopy(stage, sweep, (db) => timed(db, oneStatement)),
      },
      rounds,
    );
    verdicts.push({
      what,
      ours: spread(times.ours, "ms"),
      theirs: `one statement ${spread(times.statement, "ms")}`,
      ratio: median(times.ours) / median(times.statement),
      goal: atMost(2),
      samples: times,
    });
  }
  const beside = await onCopy(stage, sweep, (db) => besideWriter(db, sweep, run));
  verdicts.push(
    {
      what: `${what}: longest lock`,
      ours: `${figure(beside.lockMs)} ms`,
      theirs: `${LOCK_LIMIT_MS} ms`,
      ratio: beside.lockMs / LOCK_LIMIT_MS,
      goal: atMost(1),
      samples: { ours: [beside.lockMs] },
    },
    {
      what: `${what}: a write beside it`,
      ours: spread(beside.during, "ms"),
      theirs: `without it ${spread(beside.alone, "ms")}`,
      ratio: median(beside.during) / median(beside.alone),
      goal: atMost(1.1),
      samples: { during: beside.during, alone: beside.alone },
    },
  );
  const held = await onCopy(stage, sweep, async (db) => {
    const release = await holdSnapshot(db);
    await run(db);
    const batches = await batchTimes(db, sweep.verb);
    await release();
    return batches;
  });
  verdicts.push({
    what: `${what}: last batches under a held snapshot`,
    ours: `${figure(slope(held))} of the first`,
    theirs: `${figure(held.length)} batches, median ${figure(median(held))} ms`,
    ratio: slope(held),
    goal: atMost(1.2),
    samples: { batchMs: held },
  });
  return { verdicts, curves: [curveOf(what, held)] };
}

async function onCopy<T>(
  stage: Stage,
  { template }: Sweep,
  work: (db: BenchDatabase) => Promise<T>,
): Promise<T> {
  const db = await stage.copy(template);
  try {
    await db.query("checkpoint");
    return await work(db);
  } finally {
    await db.drop();
  }
}

async function timed(db: BenchDatabase, sql: string): Promise<number> {
  const startMs = performance.now();
  await db.query(sql);
  return performance.now() - startMs;
}

async function besideWriter(
  db: BenchDatabase,
  { table, write }: Sweep,
  run: (db: BenchDatabase) => Promise<unknown>,
) {
  const before = await startWriter(db, write);
  await sleep(ALONE_MS);
  await before.stop();
  const writer = await startWriter(db, write);
  const locks = await watchLocks(db, table);
  try {
    await run(db);
  } finally {
    await Promise.all([writer.stop(), locks.stop()]);
  }
  return { alone: before.latencies, during: writer.latencies, lockMs: locks.longestMs() };
}

function curveOf(what: string, batches: readonly number[]): Curve {
  const step = Math.max(1, Math.floor(batches.length / 40));
  const points = batches.flatMap((cost, at) => (at % step === 0 ? [{ size: at + 1, cost }] : []));
  return { what: `${what}, snapshot held`, unit: "ms a batch", sizeOf: "batches done", points };
}
