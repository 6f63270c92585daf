// Rules of others that refuse some rows: a trigger that raises on jobs and user rows, tables that refer to what is purged.
import { UNHURRIED, letTimePass } from "./calm-run.ts";
import type { Random } from "./random.ts";
import { checkRefusedPurges } from "./refused-purges.ts";
import { idsOf, runRefused } from "./run-refused.ts";
import type { RoundDatabase } from "./stage.ts";

const QUEUE = "auth.queued_managed_account_creations";

export interface SomebodyElsesRules {
  /** With all jobs in place, before any run. @returns how many rows are refused */
  begin(): Promise<number>;
  /**
   * With nothing else failing: refused rows are named and unchanged, all others are done, and exit 1
   * comes with refused rows only. Then the trigger is gone.
   * @returns one sentence for each broken promise
   */
  end(env: Record<string, string>): Promise<string[]>;
}

/** SQLSTATEs: a trigger's usual one, one of its own, and three that Postgres uses for itself. */
const STATES = ["P0001", "FH001", "XX000", "23514", "42501"] as const;

/** The trigger: on what, and when. A job's row is known by its username, which its user row has as well. */
const TRIGGERS = [
  `update on ${QUEUE} for each row when (old.status = 'pending' and new.status = 'processing')`,
  `update on ${QUEUE} for each row when (old.status = 'processing' and new.status <> 'processing')`,
  `update on ${QUEUE} for each row when (new.status = 'completed')`,
  "insert on auth.users for each row",
] as const;

/** More than a job that is retried has attempts. */
const RUNS = 15;

export function createSomebodyElsesRules(db: RoundDatabase, random: Random): SomebodyElsesRules {
  const share = random.pick([0, 0.1, 0.3]);
  const [seed, state] = [random.next(), random.pick(STATES)];
  const trigger = random.pick(TRIGGERS);

  async function begin(): Promise<number> {
    await db.query(`
      create schema notes;
      create table notes.of_jobs (job_id uuid, username text primary key);
      create function notes.refuse() returns trigger language plpgsql as $$
        begin
          if exists (select from notes.of_jobs n where n.username = new.username::text) then
            raise exception 'a note refers to it' using errcode = '${state}';
          end if;
          return new;
        end $$;
      create trigger refuse before ${trigger} execute function notes.refuse();`);
    const noted = await db.query(
      `insert into notes.of_jobs
       select id, username::text from ${QUEUE} where ${chosen("username")} returning job_id`,
      [share, seed],
    );
    return noted.length;
  }

  async function end(env: Record<string, string>): Promise<string[]> {
    const violations = [
      ...(await checkRefusedPurges(db, env, share)),
      ...(await checkRuns(db, env)),
    ];
    await db.query("drop function notes.refuse() cascade");
    return violations;
  }

  return { begin, end };
}

async function checkRuns(db: RoundDatabase, env: Record<string, string>): Promise<string[]> {
  const noted = await idsOf(db, "select job_id as id from notes.of_jobs");
  const named = new Set<string>();
  const violations: string[] = [];
  for (let runs = 0; runs < RUNS; runs += 1) {
    await letTimePass(db);
    const ended = await runRefused("retry-accounts", { ...env, ...UNHURRIED });
    violations.push(...ended.violations);
    for (const id of ended.named) named.add(id);
    const waiting = await idsOf(db, `select id from ${QUEUE} where status in ${WAITING}`);
    if ([...waiting].every((id) => noted.has(id) && named.has(id))) break;
  }

  const unknown = [...named].filter((id) => !noted.has(id));
  if (unknown.length > 0) violations.push(`named as refused without a rule: ${unknown.join()}`);
  const open = await idsOf(db, `select id from ${QUEUE} where status in ${WAITING}`);
  for (const id of open) {
    if (!noted.has(id)) violations.push(`job ${id} waits behind rows that are refused`);
    else if (!named.has(id)) violations.push(`no run names job ${id}, which is refused`);
  }
  return violations;
}

const WAITING = "('pending', 'processing')";

/** $1 the share of the rows, $2 which of them: the same ones for the same seed. */
const chosen = (column: string) =>
  `mod(abs(hashtext(${column}::text || $2::text))::numeric, 1000) < $1::numeric * 1000`;
