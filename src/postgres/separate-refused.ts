// Changes many rows at once, except those that the database refuses.
import { RowRefused, type Refusal } from "./row-refused.ts";

/**
 * Tries all rows together. If the database refuses one, the rows are halved until each refused row is alone
 * and all others are done. If the error names a row, that row is tried alone first. n refused among m rows
 * cost one statement if n is 0, about 4n if the errors name them, and 2n·log2(m) at worst.
 *
 *     const refused = await separateRefused(ids, (id) => id, async (part) => {
 *       deleted += await purgeInvitations(db, part);
 *     });
 *
 * @param work all or nothing: one statement, or one transaction with its commit, because a deferred
 * constraint refuses only there. Called with at least one row; it keeps its own results.
 * @param idOf a row's ID for the report: a UUID in lower case, as Postgres writes it
 * @returns the refused rows in the order in which they were met; none was changed
 * @throws any other error of `work`, such as DatabaseUnavailable: earlier parts stay done
 */
export async function separateRefused<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  work: (rows: readonly Row[]) => Promise<void>,
): Promise<Refusal[]> {
  const met = await separateFaulty(rows, idOf, work, isRefused);
  return met.map(({ row, error }) => error.toRefusal(idOf(row)));
}

function isRefused(error: unknown): error is RowRefused {
  return error instanceof RowRefused;
}

export interface FaultyRow<Row, Fault> {
  readonly row: Row;
  readonly error: Fault;
}

/** The same for any error that may concern a single row, such as a lock. */
export async function separateFaulty<Row, Fault extends Error>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  work: (rows: readonly Row[]) => Promise<void>,
  isFault: (error: unknown) => error is Fault,
): Promise<FaultyRow<Row, Fault>[]> {
  const [first] = rows;
  if (first === undefined) return [];
  try {
    await work(rows);
    return [];
  } catch (error) {
    if (!isFault(error)) throw error;
    if (rows.length === 1) return [{ row: first, error }];
    const suspects = error instanceof RowRefused ? error.suspects : [];
    const faulty: FaultyRow<Row, Fault>[] = [];
    for (const part of divide(rows, idOf, suspects)) {
      faulty.push(...(await separateFaulty(part, idOf, work, isFault)));
    }
    return faulty;
  }
}

/** Smaller parts that together make up the whole. */
function divide<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  suspects: readonly string[],
): (readonly Row[])[] {
  const named = rows.filter((row) => suspects.includes(idOf(row)));
  const others = rows.filter((row) => !suspects.includes(idOf(row)));
  const middle = Math.ceil(others.length / 2);
  const halves = [others.slice(0, middle), others.slice(middle)];
  return [...named.map((row) => [row]), ...halves].filter((part) => part.length > 0);
}
