// What the product's own statements cost inside Postgres: planning and execution, as it says itself.
import type pg from "pg";
import type { Queryable } from "../../../src/postgres/database.ts";
import { median } from "./spread.ts";

interface Plan {
  readonly "Planning Time": number;
  readonly "Execution Time": number;
}

const TIMES = 5;

/** Asks through a connection that explains each statement, then answers it. @returns milliseconds */
export async function measureStatements(
  client: pg.Client,
  ask: (db: Queryable) => Promise<unknown>,
): Promise<number> {
  let ms = 0;
  await ask({
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
      ms += await explained(client, sql, values);
      return (await client.query<Row>(sql, [...values])).rows;
    },
  });
  return ms;
}

/** The median of a few: the first may find pages that nobody has read yet. */
async function explained(
  client: pg.Client,
  sql: string,
  values: readonly unknown[],
): Promise<number> {
  const samples: number[] = [];
  while (samples.length < TIMES) {
    const { rows } = await client.query<{ "QUERY PLAN": [Plan] }>(
      `explain (analyze, timing off, format json) ${sql}`,
      [...values],
    );
    const [plan] = rows[0]?.["QUERY PLAN"] ?? [];
    const took = (plan?.["Planning Time"] ?? NaN) + (plan?.["Execution Time"] ?? NaN);
    samples.push(took);
    // A statement of seconds needs no second look.
    if (took > 1000) break;
  }
  return median(samples);
}
