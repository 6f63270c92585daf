// Notes what was done to the schema in the audit, where its table exists.
import type { Queryable } from "./database.ts";
import type { OperatorAction } from "./operator-store.ts";

export interface SchemaChange {
  readonly verb: "migrate" | "migrate rollback";
  /** The names of the migrations that the database had, and has. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export async function noteSchemaChange(
  db: Queryable,
  { verb, before, after }: SchemaChange,
  action: OperatorAction,
): Promise<void> {
  const [table] = await db.query<{ exists: boolean }>(
    "select to_regclass('family_hub_jobs.operator_actions') is not null as exists",
  );
  if (table?.exists !== true) return;
  await db.query(
    `insert into family_hub_jobs.operator_actions (actor, verb, reason, before, after)
     values ($1, $2, $3, $4, $5)`,
    [
      action.actor,
      verb,
      action.reason,
      JSON.stringify({ applied: before }),
      JSON.stringify({ applied: after }),
    ],
  );
}
