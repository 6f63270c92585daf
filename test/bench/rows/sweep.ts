// The requirements for all work in batches: its time, its locks, other writers, and constant speed.
import { batchCosts, slope } from "../measure/batches.ts";
import { watchLocks } from "../measure/locks.ts";
import { figure, median, quantile, spread } from "../measure/spread.ts";
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
  /** In the audit: what a batch counts its rows as. */
  readonly counted: string;
  readonly table: string;
  /** The same by one statement; null where none can do it. */
  readonly oneStatement: string | null;
  /** One write of somebody else's to the table. */
  readonly write: string;
  /** @throws when the work was not done */
  readonly check: (db: BenchDatabase) => Promise<void>;
}

type Run = (db: BenchDatabase) => Promise<unknown>;

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
      limit:
        "Each batch locks its rows before it changes them, to pass over those that others hold, and commits.",
      samples: times,
    });
  }
  const lockMs = await onCopy(stage, sweep, (db) => longestLock(db, sweep, run));
  verdicts.push({
    what: `${what}: longest lock`,
    ours: `${figure(lockMs)} ms`,
    theirs: `${LOCK_LIMIT_MS} ms`,
    ratio: lockMs / LOCK_LIMIT_MS,
    goal: atMost(1),
    limit: "A batch aims at 30 ms; one that meets the writes of a checkpoint takes longer.",
    samples: { ours: [lockMs] },
  });
  verdicts.push(writersVerdict(what, await besideWriter(stage, sweep, run, rounds)));
  const held = await onCopy(stage, sweep, async (db) => {
    const release = await holdSnapshot(db);
    await run(db);
    const batches = await batchCosts(db, sweep.verb, sweep.counted);
    await release();
    return batches;
  });
  verdicts.push({
    what: `${what}: last batches under a held snapshot`,
    ours: `${figure(slope(held))} of the first`,
    theirs: `${figure(held.length)} batches, median ${figure(median(held))} ms for 1,000 rows`,
    ratio: slope(held),
    goal: atMost(1.2),
    samples: { msFor1000Rows: held },
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

/** With somebody writing, and apart from those whose writes are timed: who watches costs time as well. */
async function longestLock(db: BenchDatabase, { table, write }: Sweep, run: Run): Promise<number> {
  const writer = await startWriter(db, write);
  const locks = await watchLocks(db, table);
  try {
    await run(db);
  } finally {
    await Promise.all([writer.stop(), locks.stop()]);
  }
  return locks.longestMs();
}

interface Writes {
  readonly alone: readonly number[];
  readonly during: readonly number[];
  /** In addition to the one statement; none if there is none. */
  readonly statement: readonly number[];
}

/** On a copy each, in turns, because the pace of the disk changes by the minute. */
async function besideWriter(stage: Stage, sweep: Sweep, run: Run, rounds: number): Promise<Writes> {
  const { oneStatement } = sweep;
  const beside = (work: Run) => () =>
    onCopy(stage, sweep, async (db) => {
      const writer = await startWriter(db, sweep.write);
      try {
        await work(db);
      } finally {
        await writer.stop();
      }
      return writer.latencies;
    });
  const found = await alternate(
    {
      alone: beside(() => sleep(ALONE_MS)),
      during: beside(run),
      statement:
        oneStatement === null ? () => Promise.resolve([]) : beside((db) => timed(db, oneStatement)),
    },
    rounds,
  );
  return {
    alone: found.alone.flat(),
    during: found.during.flat(),
    statement: found.statement.flat(),
  };
}

function writersVerdict(what: string, { alone, during, statement }: Writes): Verdict {
  const bare = `without it ${typical(alone)}`;
  return {
    what: `${what}: a write beside it`,
    ours: typical(during),
    theirs: statement.length === 0 ? bare : `${bare}, beside one statement ${typical(statement)}`,
    ratio: median(during) / median(alone),
    goal: atMost(1.1),
    limit:
      "The tool's own work, sealing above all, takes processors that the writer and Postgres want, too.",
    samples: { during, alone, ...(statement.length > 0 && { statement }) },
  };
}

/** `1.2 ms, 19 of 20 within 4.5` */
function typical(latencies: readonly number[]): string {
  return `${figure(median(latencies))} ms, 19 of 20 within ${figure(quantile(latencies, 0.95))}`;
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
