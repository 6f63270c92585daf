// Which columns of a table fit the terminal, and how wide they may be.

export interface ColumnNeed {
  /** The width of its longest cell. */
  readonly full: number;
  /** If it is narrower, two cells may look the same: less important columns give up space for it. */
  readonly preferred: number;
  /** The least width. */
  readonly least: number;
  /** 0 is always shown; the higher the rank, the earlier the column is left out. */
  readonly rank: number;
}

/** For a column that is never cut. */
export function uncut(full: number, rank: number): ColumnNeed {
  return { full, preferred: full, least: full, rank };
}

/**
 * A width for each column, null for one that is left out. With a column, all less important ones are left
 * out, too: so a wider terminal shows what a narrower one does, and more.
 */
export function fitColumns(
  needs: readonly ColumnNeed[],
  width: number,
  gap: number,
): (number | null)[] {
  const fitted: (number | null)[] = needs.map(() => null);
  let room = width + gap;
  for (const { need, index } of byRank(needs)) {
    const fits = need.rank === 0 || need.preferred + gap <= room;
    if (!fits && need.least + gap > room) break;
    fitted[index] = fits ? need.preferred : room - gap;
    room -= (fitted[index] ?? 0) + gap;
    if (!fits) break;
  }
  return spread(needs, fitted, room);
}

/** A width for each column; null if they do not all fit. */
export function fitAll(
  needs: readonly ColumnNeed[],
  width: number,
  gap: number,
): (number | null)[] | null {
  const least = needs.map((need) => need.least);
  const room = least.reduce((left, cells) => left - cells - gap, width + gap);
  return room < 0 ? null : spread(needs, least, room);
}

/** Gives the rest to the columns that would be cut, the most important first. */
function spread(
  needs: readonly ColumnNeed[],
  fitted: readonly (number | null)[],
  room: number,
): (number | null)[] {
  const widths = [...fitted];
  let left = room;
  for (const { need, index } of byRank(needs)) {
    const width = widths[index] ?? null;
    if (width === null) continue;
    const more = Math.max(0, Math.min(need.full - width, left));
    widths[index] = width + more;
    left -= more;
  }
  return widths;
}

function byRank(needs: readonly ColumnNeed[]) {
  const all = needs.map((need, index) => ({ need, index }));
  return all.sort((a, b) => a.need.rank - b.need.rank);
}
