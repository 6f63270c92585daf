// What the product's own statements cost inside Postgres: planning and execution, as it says itself.
import type pg from "pg";
import type { Queryable } from "../../../src/postgres/database.ts";

interface Plan {
  readonly "Planning Time": number;
  readonly "Execution Time": number;
}

/**
 * Asks through a connection that explains each statement, then answers it.
 * @returns of each round, the milliseconds of all its statements
 */
export async function measureStatements(
  client: pg.Client,
  ask: (db: Queryable) => Promise<unknown>,
  rounds: number,
): Promise<number[]> {
  const once = async () => {
    let ms = 0;
    await ask({
      query: async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
        ms += await explained(client, sql, values);
        return (await client.query<Row>(sql, [...values])).rows;
      },
    });
    return ms;
  };
  // The first may find pages that nobody has read yet.
  await once();
  const samples: number[] = [];
  while (samples.length < rounds) samples.push(await once());
  return samples;
}

async function explained(
  client: pg.Client,
  sql: string,
  values: readonly unknown[],
): Promise<number> {
  const { rows } = await client.query<{ "QUERY PLAN": [Plan] }>(
    `explain (analyze, timing off, format json) ${sql}`,
    [...values],
  );
  const [plan] = rows[0]?.["QUERY PLAN"] ?? [];
  return (plan?.["Planning Time"] ?? NaN) + (plan?.["Execution Time"] ?? NaN);
}
