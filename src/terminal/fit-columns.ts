// Which columns of a table a terminal has room for, and how wide those may be.

export interface ColumnNeed {
  /** What its longest cell takes. */
  readonly whole: number;
  /** What it takes at the least: less than the whole where its cells may be cut. */
  readonly least: number;
  /** 0 is shown whatever happens; the higher, the sooner it is left out. */
  readonly rank: number;
}

export const GAP = 2;

/** A width a column; null for one that is left out, so that what matters more has room. */
export function fitColumns(needs: readonly ColumnNeed[], width: number): (number | null)[] {
  const fitted: (number | null)[] = needs.map(() => null);
  let room = width + GAP;
  const byRank = needs.map((need, index) => ({ need, index }));
  for (const { need, index } of byRank.sort((a, b) => a.need.rank - b.need.rank)) {
    if (need.rank > 0 && need.least + GAP > room) continue;
    fitted[index] = need.least;
    room -= need.least + GAP;
  }
  // What is left goes to the columns that were to be cut, the most important first.
  for (const { need, index } of byRank) {
    const least = fitted[index] ?? null;
    if (least === null) continue;
    const more = Math.max(0, Math.min(need.whole - least, room));
    fitted[index] = least + more;
    room -= more;
  }
  return fitted;
}
