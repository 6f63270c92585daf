// How many rows a batch takes, and how long the next one waits: locks stay short, and writers come first.

/** What a batch says about itself. */
export interface PacedBatch {
  /** How long it kept others waiting, at most: at least as long as it held its locks. */
  readonly tookMs: number;
  /** The transaction ID that Postgres would have assigned next when the batch began; null if it is not known. */
  readonly nextXid: number | null;
  /** How many transaction IDs the batch used itself, at most, before it was recorded in the ledger. */
  readonly ownXids: number;
}

export interface BatchPace {
  /** For the next batch. */
  rows(): number;
  /** @returns how long to pause for other writers, in milliseconds */
  pauseAfter(batch: PacedBatch): number;
}

/** A third of the 100 ms that a writer may have to wait; the rest is reserve for a busy disk. */
const AIM_MS = 30;
/** So few rows stay under 100 ms even with cold tables and slow disks. */
const FIRST_ROWS = 250;
/** Below this number, the rows are not what takes long. */
const FEWEST_ROWS = 100;
/** With other writers, a pause lasts this many times as long as the batch, so most writes meet no batch. */
const PAUSE_FACTOR = 4;
const LONGEST_PAUSE_MS = 500;
/** Transaction IDs for recording a batch there. */
const IN_LEDGER = 1;

/**
 * Other writers show in the transaction IDs assigned since the last batch: this costs nothing and covers all
 * databases of the server, which share its disk.
 * @param mostRows as the operator allows
 */
export function createBatchPace(mostRows: number): BatchPace {
  const fewest = Math.min(FEWEST_ROWS, mostRows);
  let rows = Math.min(FIRST_ROWS, mostRows);
  /** The ID that the next batch will see if nobody else writes. */
  let expectedXid: number | null = null;
  return {
    rows: () => rows,
    pauseAfter: ({ tookMs, nextXid, ownXids }) => {
      // One batch that waited, or met a checkpoint, says little about the next.
      const change = Math.min(2, Math.max(0.5, AIM_MS / tookMs));
      rows = Math.min(mostRows, Math.max(fewest, Math.round(rows * change)));
      const othersWrote = expectedXid !== null && nextXid !== null && nextXid > expectedXid;
      expectedXid = nextXid === null ? null : nextXid + ownXids + IN_LEDGER;
      return othersWrote ? Math.min(LONGEST_PAUSE_MS, tookMs * PAUSE_FACTOR) : 0;
    },
  };
}
