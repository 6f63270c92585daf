// Puts runs in a row that ended alike together, as an outage leaves them, one a minute.
import type { ListedRun } from "./runs.sql.ts";

export interface RunFold {
  /** The first of the page. */
  readonly shown: ListedRun;
  /** Those that followed it on the page. */
  readonly folded: readonly ListedRun[];
}

/** Two are shown faster than said. */
const FEWEST = 3;

/** @param likeness the same text for runs that look alike */
export function foldRuns(
  runs: readonly ListedRun[],
  likeness: (run: ListedRun) => string,
): RunFold[] {
  const rows: ListedRun[][] = [];
  for (const run of runs) {
    const row = rows.at(-1);
    if (row?.[0] !== undefined && likeness(row[0]) === likeness(run)) row.push(run);
    else rows.push([run]);
  }
  return rows.flatMap((row) => {
    if (row.length < FEWEST) return row.map((shown) => ({ shown, folded: [] }));
    return row.slice(0, 1).map((shown) => ({ shown, folded: row.slice(1) }));
  });
}
