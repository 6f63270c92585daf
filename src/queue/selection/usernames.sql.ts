// Finds jobs whose username begins with a text, within a time limit for interactive use.
import type { Queryable } from "../../postgres/database.ts";
import { QUEUE, STATUS } from "../../queue-table/queue.sql.ts";
import type { NewestJob } from "./newest-jobs.sql.ts";

/**
 * Reads the index of usernames from the first possible match: without an index for patterns, Postgres would
 * search all jobs. The newest job of a username comes last. Call it within a transaction, whose end also ends
 * the timeout.
 * @param request with the beginning in lower case
 */
export async function findUsernames(
  db: Queryable,
  request: { readonly start: string; readonly limit: number; readonly timeoutMs: number },
): Promise<NewestJob[]> {
  const { start, limit, timeoutMs } = request;
  await db.query(`set local statement_timeout = ${Math.ceil(timeoutMs)}`);
  return db.query<NewestJob>(
    `select following.id, following.username, following.status, following."lastErrorCode"
     from (
       select
         q.id,
         q.username,
         ${STATUS} as status,
         q.last_error_code as "lastErrorCode"
       from ${QUEUE} q
       where lower(btrim(q.username::text)) >= $1
       order by lower(btrim(q.username::text)), q.created_at, q.id
       limit $2
     ) following
     where starts_with(lower(btrim(following.username::text)), $1)`,
    [start, limit],
  );
}
