// Reads any number of ids, some at a time, so that they are never all in memory as rows.
import type { Queryable } from "./database.ts";

const AT_A_TIME = 10_000;

/**
 * @param tx in an open transaction, in which this is the only cursor
 * @param select gives rows with a column `id`
 */
export async function* streamIds(
  tx: Queryable,
  select: string,
  values: readonly unknown[],
): AsyncGenerator<string[]> {
  // Otherwise Postgres plans a cursor as though only its first tenth were wanted.
  await tx.query("set local cursor_tuple_fraction = 1");
  await tx.query(`declare ids no scroll cursor for ${select}`, values);
  for (let more = true; more;) {
    const rows = await tx.query<{ id: string }>(`fetch ${AT_A_TIME} from ids`);
    yield rows.map(({ id }) => id);
    more = rows.length === AT_A_TIME;
  }
  await tx.query("close ids");
}
