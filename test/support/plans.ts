// How Postgres would run a statement: which indexes it goes through, and which tables it reads whole.
import type { Queryable } from "../../src/store/database.ts";
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

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
