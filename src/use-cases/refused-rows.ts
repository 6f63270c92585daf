// The rows that the database refused in one run: how many, the first of them by id, and by which rules.
import type { Refusal } from "../store/row-refused.ts";

/** As reports have them. */
export interface RefusedRows {
  /** The first of them. */
  readonly refused: readonly Refusal[];
  readonly refusedCount: number;
}

export const NONE_REFUSED: RefusedRows = { refused: [], refusedCount: 0 };

const MOST_NAMED = 100;

export function addRefused(
  { refused, refusedCount }: RefusedRows,
  more: readonly Refusal[],
): RefusedRows {
  const room = MOST_NAMED - refused.length;
  return {
    refused: room > 0 && more.length > 0 ? [...refused, ...more.slice(0, room)] : refused,
    refusedCount: refusedCount + more.length,
  };
}

export function countRows(count: number): string {
  return count === 1 ? "1 row" : `${count} rows`;
}
