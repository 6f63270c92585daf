// How Postgres would run a statement: which indexes it goes through, and which tables it reads whole.
import pg from "pg";
import type { Queryable } from "../../src/postgres/database.ts";
import type { TestDatabase } from "./database.ts";

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

export interface Plan {
  readonly indexes: readonly string[];
  readonly readWhole: readonly string[];
  /** Kinds of nodes, such as `Sort`. */
  readonly steps: readonly string[];
}

/** @param send sends the statement, and before it the settings of its transaction, if any */
export async function planOf(
  db: TestDatabase,
  send: (queryable: Queryable) => Promise<unknown>,
): Promise<Plan> {
  const rows = await explain<[{ Plan: PlanNode }]>(db, "format json", send);
  const nodes = rows.flatMap(([{ Plan }]) => flatten(Plan));
  const scans = nodes.filter((node) => /Seq Scan/.test(node["Node Type"]));
  return {
    indexes: nodes.flatMap((node) => node["Index Name"] ?? []),
    readWhole: scans.flatMap((node) => node["Relation Name"] ?? []),
    steps: nodes.map((node) => node["Node Type"]),
  };
}

/** The same as text, as psql shows it; what stands for a job's status is called STATUS. */
export async function planText(
  db: TestDatabase,
  send: (queryable: Queryable) => Promise<unknown>,
): Promise<string> {
  const lines = await explain<string>(db, "costs off", send);
  const status = /lower\(btrim\(\(?(?:\w+\.)?status\)?::text, '[^']*'::text\)\)/g;
  // Ids and times that are others each time.
  const chosen = /'(?:\d{4}-\d\d-\d\d [^']*|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})'/g;
  return lines.join("\n").replace(status, "STATUS").replace(chosen, "'…'");
}

async function explain<Row>(
  { url }: TestDatabase,
  options: string,
  send: (queryable: Queryable) => Promise<unknown>,
): Promise<Row[]> {
  const plan: Row[] = [];
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("begin");
    await send({
      query: async (sql, values = []) => {
        if (sql.startsWith("set local")) {
          await client.query(sql);
          return [];
        }
        const sent = `explain (${options}) ${sql}`;
        const { rows } = await client.query<{ "QUERY PLAN": Row }>(sent, [...values]);
        plan.push(...rows.map((row) => row["QUERY PLAN"]));
        return [];
      },
    });
  } finally {
    await client.end();
  }
  return plan;
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
