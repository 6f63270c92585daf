// Reads any number of IDs in chunks, so that they are never all in memory as rows.
import type { Queryable } from "./database.ts";

const AT_A_TIME = 10_000;

/**
 * @param tx an open transaction without another cursor
 * @param select returns rows with a column `id`
 */
export async function* streamIds(
  tx: Queryable,
  select: string,
  values: readonly unknown[],
): AsyncGenerator<string[]> {
  // By default Postgres plans a cursor as if only its first tenth were read.
  await tx.query("set local cursor_tuple_fraction = 1");
  await tx.query(`declare ids no scroll cursor for ${select}`, values);
  for (let more = true; more;) {
    const rows = await tx.query<{ id: string }>(`fetch ${AT_A_TIME} from ids`);
    yield rows.map(({ id }) => id);
    more = rows.length === AT_A_TIME;
  }
  await tx.query("close ids");
}
