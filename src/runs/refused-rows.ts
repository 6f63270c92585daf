// The rows that the database refused in one run: their number, the first by ID, and by which constraints or
// triggers.
import type { Refusal } from "../postgres/row-refused.ts";

/** In the form of the reports. */
export interface RefusedRows {
  /** The first of them. */
  readonly refused: readonly Refusal[];
  readonly refusedCount: number;
}

export const NONE_REFUSED: RefusedRows = { refused: [], refusedCount: 0 };

const MOST_NAMED = 100;

export function addRefused(sum: RefusedRows, more: readonly Refusal[]): RefusedRows {
  return joinRefused(sum, { refused: more, refusedCount: more.length });
}

export function joinRefused(a: RefusedRows, b: RefusedRows): RefusedRows {
  const room = MOST_NAMED - a.refused.length;
  const named = room > 0 && b.refused.length > 0;
  return {
    refused: named ? [...a.refused, ...b.refused.slice(0, room)] : a.refused,
    refusedCount: a.refusedCount + b.refusedCount,
  };
}

const MOST_RULES = 3;

/**
 * For the ledger, which keeps only the first ID for each constraint or trigger.
 * @returns null if none was refused
 */
export function describeRefused({ refused, refusedCount }: RefusedRows): string | null {
  if (refusedCount === 0) return null;
  const rules = new Map<string, string>();
  for (const refusal of refused) {
    const rule = ruleOf(refusal);
    if (!rules.has(rule)) rules.set(rule, refusal.id);
  }
  const named = [...rules].slice(0, MOST_RULES).map(([rule, id]) => `${rule}, such as ${id}`);
  const more = rules.size > MOST_RULES ? "; and by other rules" : "";
  return `the database refused ${countRows(refusedCount)}: ${named.join("; ")}${more}`;
}

/** A trigger's message may quote the row, and so differ for each. */
function ruleOf({ constraint, table, message }: Refusal): string {
  if (constraint === null) return message;
  return table === null ? constraint : `${constraint} of ${table}`;
}

export function countRows(count: number): string {
  return count === 1 ? "1 row" : `${count} rows`;
}
