// Work in batches, and the databases that it is measured on.
import { openDatabase, type BenchDatabase } from "../../stage/database.ts";
import type { Stage } from "../../stage/stage.ts";

export interface Sweep {
  /** Names the database that every round begins with a copy of. */
  readonly template: string;
  /** As the table says it. */
  readonly what: (size: number) => string;
  readonly fill: (db: BenchDatabase, size: number, stage: Stage) => Promise<void>;
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
  readonly check: (db: BenchDatabase, size: number) => Promise<void>;
}

export interface SweepScene {
  readonly sweep: Sweep;
  /** As the table says it. */
  readonly what: string;
  onCopy<T>(work: (db: BenchDatabase) => Promise<T>): Promise<T>;
  /** The command. @returns its elapsed milliseconds */
  run(db: BenchDatabase): Promise<number>;
}

/** Fills the template, and drops it when the work on it is done. */
export async function onTemplate<T>(
  stage: Stage,
  sweep: Sweep,
  size: number,
  work: (scene: SweepScene) => Promise<T>,
): Promise<T> {
  await stage.postgres.createDatabase(sweep.template, stage.template);
  try {
    const filled = openDatabase(stage.postgres, sweep.template);
    await sweep.fill(filled, size, stage);
    await filled.close();
    return await work({
      sweep,
      what: sweep.what(size),
      onCopy: async (work) => {
        const db = await stage.copy(sweep.template);
        try {
          await db.query("checkpoint");
          return await work(db);
        } finally {
          await db.drop();
        }
      },
      run: async (db) => {
        const { wallMs } = await stage.ours(sweep.args, { DATABASE_URL: db.url });
        await sweep.check(db, size);
        return wallMs;
      },
    });
  } finally {
    await stage.postgres.dropDatabase(sweep.template);
  }
}

export async function timed(db: BenchDatabase, sql: string): Promise<number> {
  const startMs = performance.now();
  await db.query(sql);
  return performance.now() - startMs;
}
