// Groups successive runs with the same outcome, such as those of an outage, one a minute.
import type { ListedRun } from "./runs.sql.ts";

export interface RunFold {
  /** The first of the group. */
  readonly shown: ListedRun;
  /** The runs that followed it on the page. */
  readonly folded: readonly ListedRun[];
}

/** Two runs are quicker to show than to summarize. */
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
