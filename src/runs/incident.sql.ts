// The incident that the last runs of a command belong to, and since when, from the ledger.
import type { Queryable } from "../postgres/database.ts";
import type { LedgerEntry } from "./ledger.sql.ts";
import { OUT_OF_TIME } from "./stop-conditions.ts";

/** What may last over many runs. `backlog`: `--max-duration` ended the run. */
export type Trouble = "unavailable" | "refused" | "stopped" | "backlog" | "missing keys";

/** Begins the reason of a completed run whose jobs lacked keys. */
export const MISSING_KEYS = "password keys are missing from the ring";

/** Successive runs of one command with the same outcome, up to the newest. */
export interface Incident {
  /** null if these runs were successful. */
  readonly trouble: Trouble | null;
  readonly since: Date;
  readonly runs: number;
  readonly lastRunAt: Date;
  /** The newest run that ended with the given trouble, whatever came after it. */
  readonly sameTroubleAt: Date | null;
}

/** A run without due jobs, an interrupted run and a dry run say nothing about a trouble. */
const STATE = `
  case
    when r.outcome::text in ('unavailable', 'refused') then r.outcome::text
    when r.outcome::text = 'stopped' and r.reason = '${OUT_OF_TIME.reason}' then 'backlog'
    when r.outcome::text = 'stopped' then 'stopped'
    when r.reason like '${MISSING_KEYS}%' then 'missing keys'
    when r.outcome::text = 'completed' and r.reason not like 'dry run%' then 'ok'
    when r.outcome::text = 'completed' and r.reason is null
      and not (r.counts ->> 'due' = '0' and r.counts ->> 'claimed' = '0') is true then 'ok'
  end`;

/** How many runs to read: a week of one a minute. */
const MOST_RUNS = 10_000;

/** @returns null if no earlier run of the command says anything */
export async function readIncident(
  db: Queryable,
  { command, runId }: LedgerEntry,
  trouble: Trouble | null,
): Promise<Incident | null> {
  const [row] = await db.query<Omit<Incident, "trouble"> & { state: Trouble | "ok" }>(
    `with recent as materialized (
       select r.started_at, ${STATE} as state
       from family_hub_jobs.runs r
       where r.command::text = $1::text and r.finished_at is not null and r.run_id <> $2::uuid
       order by r.started_at desc
       limit ${MOST_RUNS}
     ),
     telling as (select started_at, state from recent where state is not null),
     newest as (select started_at, state from telling order by started_at desc limit 1),
     broken as (
       select max(t.started_at) as at from telling t join newest n on t.state <> n.state
     )
     select n.state,
            min(t.started_at) as since,
            count(*)::int as runs,
            n.started_at as "lastRunAt",
            (select max(s.started_at) from telling s where s.state = $3::text) as "sameTroubleAt"
     from newest n
     cross join broken b
     join telling t on t.state = n.state and (b.at is null or t.started_at > b.at)
     group by n.state, n.started_at`,
    [command, runId, trouble],
  );
  if (row === undefined) return null;
  const { state, ...incident } = row;
  return { ...incident, trouble: state === "ok" ? null : state };
}
