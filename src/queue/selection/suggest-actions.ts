// Completes the action ID of `queue undo`: the newest requeues that match what was typed.
import { rangeOfIds } from "../../domain/short-id.ts";
import type { Queryable } from "../../postgres/database.ts";
import { findNewestRequeues, type NewestAction } from "./newest-actions.sql.ts";

const MOST = 20;

/** @returns none if the text is not the beginning of a UUID */
export async function suggestActions(
  typed: string,
  timeoutMs: number,
  db: Queryable,
): Promise<NewestAction[]> {
  const range = rangeOfIds(typed);
  return range === null ? [] : findNewestRequeues(db, { ...range, limit: MOST, timeoutMs });
}
