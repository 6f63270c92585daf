// The newest requeues whose action id begins as typed, for completing what `queue undo` undoes.
import { rangeOfIds } from "../../domain/short-id.ts";
import type { Queryable } from "../../postgres/database.ts";
import { findNewestRequeues, type NewestAction } from "./newest-actions.sql.ts";

const MOST = 20;

/** @returns none when what was typed begins no UUID */
export async function suggestActions(
  typed: string,
  timeoutMs: number,
  db: Queryable,
): Promise<NewestAction[]> {
  const range = rangeOfIds(typed);
  return range === null ? [] : findNewestRequeues(db, { ...range, limit: MOST, timeoutMs });
}
