// How many rows a batch takes, and how long the next one waits: locks stay short, and writers come first.

/** What a batch says about itself. */
export interface PacedBatch {
  /** How long its statement took, and so at most how long it held its locks. */
  readonly tookMs: number;
  /** The transaction id that Postgres would have given out next when the batch began. */
  readonly nextXid: number;
  /** How many ids it used itself, at most. */
  readonly ownXids: number;
}

export interface BatchPace {
  /** For the next batch. */
  rows(): number;
  /** @returns for how long to leave the database to others, in milliseconds */
  pauseAfter(batch: PacedBatch): number;
}

/** A third of the 100 ms that a writer can be made to wait: a disk that is busy for once has the rest. */
const AIM_MS = 30;
/** Neither tables that are not in memory nor slow disks make so few take 100 ms. */
const FIRST_ROWS = 250;
/** Below this it is not the rows that take long. */
const FEWEST_ROWS = 100;
/** Beside writers a batch is followed by a pause of this many times its length: most writes meet none. */
const GIVE_WAY = 4;
const LONGEST_PAUSE_MS = 500;

/**
 * Another writer shows in the transaction ids that were given out since the last batch, at no
 * cost and in any database of the server: all of them share its disk. Nobody waits for nobody.
 * @param mostRows as the operator allows
 */
export function createBatchPace(mostRows: number): BatchPace {
  const fewest = Math.min(FEWEST_ROWS, mostRows);
  let rows = Math.min(FIRST_ROWS, mostRows);
  /** What the next batch will find where nobody else writes. */
  let expectedXid: number | null = null;
  return {
    rows: () => rows,
    pauseAfter: ({ tookMs, nextXid, ownXids }) => {
      // One batch that had to wait, or met a checkpoint, says little about the next.
      const change = Math.min(2, Math.max(0.5, AIM_MS / tookMs));
      rows = Math.min(mostRows, Math.max(fewest, Math.round(rows * change)));
      const othersWrote = expectedXid !== null && nextXid > expectedXid;
      expectedXid = nextXid + ownXids;
      return othersWrote ? Math.min(LONGEST_PAUSE_MS, tookMs * GIVE_WAY) : 0;
    },
  };
}
