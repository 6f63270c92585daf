// Keyset pages: the thousandth page costs as much as the first.

/** The last row of a page: its sort value as Postgres writes it, and its ID. */
export interface PagePosition {
  readonly value: string;
  readonly id: string;
}

/** @param rows one more than the limit if another page follows */
export function pageOf<Row extends { readonly sortValue: string }>(
  rows: readonly Row[],
  limit: number,
  idOf: (row: Row) => string,
): { rows: Omit<Row, "sortValue">[]; next: PagePosition | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    rows: page.map(({ sortValue: _, ...row }) => row),
    next: more ? { value: last.sortValue, id: idOf(last) } : null,
  };
}
