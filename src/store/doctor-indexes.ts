// The indexes of migrations 0004 to 0008: whether each is there and valid, and whether a run's question can use it.
import type { Queryable } from "./database.ts";
import { DUE_AT, POSSIBLE, QUEUE, STATUS, WAITING } from "./queue-sql.ts";

/** An index of the queue is over its own columns: without the alias of statements. */
const own = (sql: string) => sql.replaceAll("q.", "");
const PREFIX = "ix_queued_managed_account_creations";

/** A migration that was applied does not come back for an index that somebody dropped since. */
const INDEXES = [
  [`auth.${PREFIX}_due`, `${QUEUE} (${own(DUE_AT)}, id) where ${own(WAITING)}`],
  [`auth.${PREFIX}_processing`, `${QUEUE} (id) where ${own(STATUS)} = 'processing'`],
  [
    `auth.${PREFIX}_impossible`,
    `${QUEUE} (id) where (${own(STATUS)} not in ('pending', 'processing', 'completed', 'failed') ` +
      `or (${own(STATUS)} <> 'completed' and retry_count not between 0 and 5))`,
  ],
  [
    `auth.${PREFIX}_completed`,
    `${QUEUE} (completed_at) where ${own(STATUS)} = 'completed' and completed_at is not null`,
  ],
  [
    `auth.${PREFIX}_completed_elsewhere`,
    `${QUEUE} (updated_at) where ${own(STATUS)} = 'completed' and completed_at is null`,
  ],
  [
    `auth.${PREFIX}_failed_password`,
    `${QUEUE} (updated_at) where ${own(STATUS)} = 'failed' and next_retry_at is null ` +
      "and encrypted_password::text <> ''",
  ],
  ["family_hub_jobs.attempts_finished_at", "family_hub_jobs.attempts (finished_at)"],
  [
    `auth.${PREFIX}_failed`,
    `${QUEUE} (last_error_code, id) where ${own(STATUS)} = 'failed' and next_retry_at is null`,
  ],
  [
    "family_hub_jobs.attempts_causes",
    "family_hub_jobs.attempts (error_code, coalesce(grpc_code, -1), " +
      "coalesce(zitadel_error_id, ''), finished_at) where error_code is not null",
  ],
  [
    "family_hub_jobs.operator_actions_batch_id",
    "family_hub_jobs.operator_actions (batch_id, action_id) where batch_id is not null",
  ],
  [`auth.${PREFIX}_created`, `${QUEUE} (created_at, id)`],
  [`auth.${PREFIX}_open`, `${QUEUE} (created_at, id) where ${own(STATUS)} <> 'completed'`],
  [
    `auth.${PREFIX}_open_status`,
    `${QUEUE} (${own(STATUS)}, created_at, id) where ${own(STATUS)} <> 'completed'`,
  ],
  [`auth.${PREFIX}_username`, `${QUEUE} (lower(btrim(username::text)), created_at, id)`],
  [`auth.${PREFIX}_created_by`, `${QUEUE} (created_by_user_id, created_at, id)`],
  [
    `auth.${PREFIX}_error`,
    `${QUEUE} (last_error_code, created_at, id) where last_error_code is not null`,
  ],
] as const;

export interface FaultyIndex {
  readonly name: string;
  /** `invalid`: an interrupted build left it behind, and nothing uses it. */
  readonly state: "missing" | "invalid";
  /** The statements that mend it. */
  readonly sql: string;
}

export async function findFaultyIndexes(
  db: Queryable,
): Promise<{ indexes: number; faulty: FaultyIndex[] }> {
  const found = await db.query<{ name: string; valid: boolean }>(
    `select n.nspname::text || '.' || c.relname::text as name, i.indisvalid and i.indisready as valid
     from pg_index i
     join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('auth', 'family_hub_jobs')`,
  );
  const valid = new Map(found.map((index) => [index.name, index.valid]));
  const faulty = INDEXES.flatMap(([name, definition]): FaultyIndex[] => {
    const state = valid.get(name);
    if (state === true) return [];
    const create = creation(name, definition);
    if (state === undefined) return [{ name, state: "missing", sql: create }];
    return [{ name, state: "invalid", sql: `drop index concurrently ${name}; ${create}` }];
  });
  return { indexes: INDEXES.length, faulty };
}

function creation(name: string, definition: string): string {
  const [, bare = name] = name.split(".");
  return `create index concurrently ${bare} on ${definition.replace(/\s+/g, " ")}`;
}

/**
 * Explained, not run. Of a small table the planner rightly reads all rows, so it is asked what it
 * would do were that dear: where it still does, the question and the index no longer match.
 * @param db in a transaction, which must be undone
 * @returns null where it would use the index, or the statements that build it as it must be
 */
export async function rebuildOfDueIndex(db: Queryable): Promise<string | null> {
  await db.query("set local enable_seqscan = off");
  const plan = await db.query<{ "QUERY PLAN": string }>(
    `explain select count(*) from ${QUEUE} q
     where ${WAITING} and ${DUE_AT} <= now() and ${POSSIBLE}`,
  );
  const [name, definition] = INDEXES[0];
  if (plan.some((line) => line["QUERY PLAN"].includes(`${PREFIX}_due`))) return null;
  return `drop index concurrently ${name}; ${creation(name, definition)}`;
}
