// A run that is killed while it holds many jobs: how many of them use up a retry, once the next run has
// recovered them.
import { setTimeout as sleep } from "node:timers/promises";
import { figure, spread } from "../measure/spread.ts";
import type { Sizes } from "../options.ts";
import { atMost, type Row, type Verdict } from "../row.ts";
import { openDatabase, type BenchDatabase } from "../stage/database.ts";
import { enqueueOurs, makeJobs } from "../stage/due-jobs.ts";
import type { Stage } from "../stage/stage.ts";
import { startInstantZitadel, type InstantZitadel } from "../stage/zitadel.ts";

const TEMPLATE = "kill";
const QUEUE = "auth.queued_managed_account_creations";
const CONCURRENCY = 10;
const MOST_CHARGED = 2 * CONCURRENCY;
/** Its leases end soon, so that the next run need not be waited for. */
const TIMES = { RETRY_LEASE: "2s", ZITADEL_TIMEOUT: "1s" };

export const kill: Row = {
  name: "kill",
  run: async (stage, sizes) => {
    await stage.postgres.createDatabase(TEMPLATE, stage.template);
    const filled = openDatabase(stage.postgres, TEMPLATE);
    await enqueueOurs(filled, await makeJobs(sizes.kill, stage.ring));
    await filled.close();
    const zitadel = await startInstantZitadel(sizes.slowCallMs);
    try {
      const rounds: Killed[] = [];
      while (rounds.length < sizes.rounds) rounds.push(await killOne(stage, zitadel, sizes));
      return { verdicts: [verdictOf(rounds, sizes)] };
    } finally {
      await zitadel.stop();
      await stage.postgres.dropDatabase(TEMPLATE);
    }
  },
};

interface Killed {
  readonly held: number;
  readonly charged: number;
}

async function killOne(stage: Stage, zitadel: InstantZitadel, sizes: Sizes): Promise<Killed> {
  const db = await stage.copy(TEMPLATE);
  const env = {
    ...{ ...zitadel.env, ...TIMES, DATABASE_URL: db.url },
    RETRY_CONCURRENCY: String(CONCURRENCY),
  };
  try {
    const before = await zitadel.calls();
    let [ended, killRun] = [false, () => {}];
    const run = stage
      .ours(["retry-accounts", "-q"], env, (child) => (killRun = () => child.kill("SIGKILL")))
      .catch(() => undefined)
      .finally(() => (ended = true));
    await until(async () => ended || (await zitadel.calls()) - before >= sizes.kill / 4);
    if (ended) throw new Error("the run ended before it was killed");
    killRun();
    await run;
    // What the server was doing for it comes to its end.
    await until(async () => (await db.number(CONNECTED)) === 0);
    const held = await db.number(`select count(*) from ${QUEUE} where status = 'processing'`);
    if (held <= MOST_CHARGED) throw new Error(`the killed run held only ${held} jobs`);
    await until(async () => (await db.number(LEASED)) === 0);
    await stage.ours(["retry-accounts", "-q"], env);
    await checkAllCreated(db, sizes.kill);
    return { held, charged: await db.number(CHARGED) };
  } finally {
    await db.drop();
  }
}

const CONNECTED = `
  select count(*) from pg_stat_activity
  where application_name like 'fhj %' and datname = current_database()`;

const LEASED = `
  select count(*) from ${QUEUE} where status = 'processing' and lease_expires_at > now()`;

const CHARGED = `
  select count(*) from ${QUEUE} q
  where retry_count > 0
     or exists (select from family_hub_jobs.attempts a
                where a.job_id = q.id and a.error_code = 'interrupted')`;

/** @throws when a job is left, or a user row is missing */
async function checkAllCreated(db: BenchDatabase, jobs: number): Promise<void> {
  const left = await db.number(`select count(*) from ${QUEUE} where status <> 'completed'`);
  const users = await db.number("select count(*) from auth.users");
  if (left > 0 || users !== jobs) throw new Error(`${left} jobs were left, ${users} user rows`);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(10);
}

function verdictOf(rounds: readonly Killed[], { kill: jobs, slowCallMs }: Sizes): Verdict {
  const [held, charged] = [rounds.map((round) => round.held), rounds.map((round) => round.charged)];
  return {
    what: `killed during ${figure(jobs)} due jobs at ${slowCallMs} ms a call: jobs that use up a retry`,
    ours: spread(charged, "jobs"),
    theirs: `limit ${MOST_CHARGED}, twice the concurrency; the run held ${spread(held, "jobs")}`,
    rounds: charged.map((jobs) => jobs / MOST_CHARGED),
    goal: atMost(1),
    samples: { charged, held },
  };
}
