// Stores settlements in batches: while one statement runs, the next ones are collected.
import type { Outcome } from "../domain/outcome.ts";
import { DatabaseUnavailable } from "../errors.ts";
import type { Refusal } from "../postgres/row-refused.ts";
import { retryLocked } from "../queue-table/retry-locked.ts";
import { QUEUE } from "../queue-table/queue.sql.ts";
import type { Tracer } from "../tracing.ts";
import type { Settlement } from "./settlement-row.ts";
import { settleBatch, type SettleDependencies } from "./settle-batch.ts";

export interface Settler {
  /** Resolves when there is room for more; rejects once settling has failed permanently. */
  add(settlement: Settlement): Promise<void>;
  /**
   * Resolves when everything added is stored, except what `left` then contains. Waits for locked rows, up to
   * a limit.
   * @throws DatabaseUnavailable
   */
  flush(): Promise<void>;
  /** The totals so far. */
  counts(): Readonly<SettledCounts>;
  left(): Left;
}

/** Jobs that could not be settled as intended. */
export interface Left {
  /** This run still holds them. */
  readonly locked: readonly string[];
  /** Another result was stored instead, or the job is unchanged. */
  readonly refused: readonly Refusal[];
}

export interface SettledCounts {
  created: number;
  adopted: number;
  retried: number;
  failed: number;
  deferred: number;
}

export const NONE_SETTLED: Readonly<SettledCounts> = {
  ...{ created: 0, adopted: 0, retried: 0, failed: 0, deferred: 0 },
};

const MOST_WAITING = 200;
const LARGEST_BATCH = 100;
/** How long settlements are collected: planning a statement takes Postgres as long as ten more jobs in it. */
const GATHER_MS = 100;

/** A transaction of FamilyHub's takes milliseconds; a forgotten one may stay open for hours. */
const LONGEST_WAIT_MS = 30_000;

export interface SettlerDependencies extends SettleDependencies {
  readonly tracer: Tracer;
  /** Called after each settlement. */
  readonly onCounts?: (counts: Readonly<SettledCounts>) => void;
  /** Called once for each job whose row another session has locked. */
  onLocked(settlement: Settlement): void;
  /** How long to wait for locked rows: within the lease, and while the run may continue. */
  rowLockTimeoutMs(): number;
}

export function createSettler(deps: SettlerDependencies): Settler {
  const counts: SettledCounts = { ...NONE_SETTLED };
  const counting = {
    ...deps,
    onSettled: (settlement: Settlement) => {
      counts[countedAs(settlement.outcome)] += 1;
      deps.onSettled(settlement);
      deps.onCounts?.(counts);
    },
  };
  const waiting: Settlement[] = [];
  const locked = new Map<string, Settlement>();
  const reportedLocked = new Set<string>();
  const refused: Refusal[] = [];
  let writing: Promise<void> | null = null;
  let writingBatch: Promise<void> = Promise.resolve();
  let broken: { error: unknown } | null = null;
  let gathered: (() => void) | null = null;
  let flushing = false;

  /** Ends when the batch is full, when the end is awaited, or after its time. */
  async function gather(): Promise<void> {
    if (waiting.length >= LARGEST_BATCH) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      gathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    gathered = null;
  }

  async function write(batch: readonly Settlement[]): Promise<void> {
    const attributes = { "db.operation.batch.size": batch.length };
    const left = await deps.tracer.step("settle jobs", { table: QUEUE, attributes }, () =>
      settleBatch(batch, counting),
    );
    for (const { job } of batch) locked.delete(job.id);
    refused.push(...left.refused);
    for (const settlement of left.locked) {
      const { id } = settlement.job;
      locked.set(id, settlement);
      if (!reportedLocked.has(id)) deps.onLocked(settlement);
      reportedLocked.add(id);
    }
  }

  /** Never rejects: the first failure is kept for the next caller that waits. */
  async function writeAll(): Promise<void> {
    while (waiting.length > 0 && !isGone(broken)) {
      if (!flushing) await gather();
      writingBatch = write(waiting.splice(0, LARGEST_BATCH)).catch((error: unknown) => {
        broken ??= { error };
      });
      await writingBatch;
    }
    writing = null;
  }

  async function written(): Promise<void> {
    await writing;
    if (broken !== null) throw broken.error;
  }

  async function writeLocked(): Promise<boolean> {
    if (locked.size > 0) await write([...locked.values()]);
    return locked.size === 0;
  }

  return {
    add: async (settlement) => {
      waiting.push(settlement);
      if (!isGone(broken)) writing ??= writeAll();
      if (waiting.length >= LARGEST_BATCH) gathered?.();
      // Not for all of them: while the others add more, that could take until the end of the run.
      while (broken === null && waiting.length >= MOST_WAITING) await writingBatch;
      if (broken !== null) await written();
    },
    flush: async () => {
      flushing = true;
      gathered?.();
      await written();
      await retryLocked(writeLocked, () => Math.min(LONGEST_WAIT_MS, deps.rowLockTimeoutMs()));
    },
    counts: () => counts,
    left: () => ({ locked: [...locked.keys()], refused }),
  };
}

/** Any other failure concerns only some rows: the rest is still stored. */
function isGone(failure: { error: unknown } | null): boolean {
  return failure?.error instanceof DatabaseUnavailable;
}

function countedAs(outcome: Outcome): keyof SettledCounts {
  switch (outcome.kind) {
    case "completed":
      return outcome.adopted ? "adopted" : "created";
    case "retry":
      return "retried";
    case "failed":
    case "deferred":
      return outcome.kind;
    default:
      return outcome satisfies never;
  }
}
