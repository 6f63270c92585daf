// Writes settlements as they come: while one statement is under way, the next ones gather.
import type { Outcome } from "../domain/outcome.ts";
import { DatabaseUnavailable } from "../errors.ts";
import type { Settlement } from "../store/job-settle.ts";
import { settleBatch, type SettleDependencies } from "./settle-batch.ts";

export interface Settler {
  /** Resolves when there is room for more; rejects once settling has failed for good. */
  add(settlement: Settlement): Promise<void>;
  /** Resolves when everything added is written. @throws DatabaseUnavailable */
  flush(): Promise<void>;
  /** What has been written so far. */
  counts(): Readonly<SettledCounts>;
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
/** So long they may gather: planning a statement takes Postgres as long as ten more jobs in it. */
const GATHER_MS = 30;

/** @param deps.onCounts told after each settlement */
export function createSettler(
  deps: SettleDependencies & { readonly onCounts?: (counts: Readonly<SettledCounts>) => void },
): Settler {
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
  let writing: Promise<void> | null = null;
  let broken: { error: unknown } | null = null;
  let gathered: (() => void) | null = null;
  let flushing = false;

  /** Ends when a batch is full, when somebody waits for the end, or after its time. */
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

  /** Never rejects: the first failure is kept for whoever waits next. */
  async function writeAll(): Promise<void> {
    while (waiting.length > 0 && !isGone(broken)) {
      if (!flushing) await gather();
      await settleBatch(waiting.splice(0, LARGEST_BATCH), counting).catch((error: unknown) => {
        broken ??= { error };
      });
    }
    writing = null;
  }

  async function written(): Promise<void> {
    await writing;
    if (broken !== null) throw broken.error;
  }

  return {
    add: async (settlement) => {
      waiting.push(settlement);
      if (!isGone(broken)) writing ??= writeAll();
      if (waiting.length >= LARGEST_BATCH) gathered?.();
      if (broken !== null || waiting.length >= MOST_WAITING) await written();
    },
    flush: async () => {
      flushing = true;
      gathered?.();
      await written();
    },
    counts: () => counts,
  };
}

/** Any other failure concerns some rows only: the rest is still written. */
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
