// How Postgres would run a statement: which indexes it goes through, and which tables it reads whole.
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

/** @param deed sends the statement */
export async function planOf(
  db: TestDatabase,
  deed: (queryable: Queryable) => Promise<unknown>,
): Promise<Plan> {
  const nodes: PlanNode[] = [];
  await deed({
    query: async (sql, values) => {
      if (sql.startsWith("set local")) return [];
      const row = await db.one<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
        `explain (format json) ${sql}`,
        values,
      );
      nodes.push(...flatten(row["QUERY PLAN"][0].Plan));
      return [];
    },
  });
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
  deed: (queryable: Queryable) => Promise<unknown>,
): Promise<string> {
  const lines: string[] = [];
  await deed({
    query: async (sql, values) => {
      const rows = await db.query<{ "QUERY PLAN": string }>(`explain (costs off) ${sql}`, values);
      lines.push(...rows.map((row) => row["QUERY PLAN"]));
      return [];
    },
  });
  const status = /lower\(btrim\(\(?(?:\w+\.)?status\)?::text, '[^']*'::text\)\)/g;
  // Ids and times that are others each time.
  const chosen = /'(?:\d{4}-\d\d-\d\d [^']*|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})'/g;
  return lines.join("\n").replace(status, "STATUS").replace(chosen, "'…'");
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
