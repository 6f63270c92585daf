// Kills a run for certain at a step by name, wherever its process may be by then.
import { setTimeout as sleep } from "node:timers/promises";
import { spawnCli } from "../support/cli.ts";
import type { Random } from "./random.ts";
import type { RoundDatabase, Stage } from "./stage.ts";

const STEPS = [
  "after the claim",
  "before the call",
  "after Zitadel's commit",
  "before the settlement",
  "during the settlement",
] as const;
type Step = (typeof STEPS)[number];

/**
 * Waits for a run to reach the step, kills it there.
 * @param log gets what it says: one that comes too late to be killed works on
 * @returns 1 when a process was killed
 */
export async function killAtStep(
  stage: Stage,
  db: RoundDatabase,
  env: Record<string, string>,
  random: Random,
  log: string[],
): Promise<number> {
  const step = random.pick<Step>(STEPS);
  switch (step) {
    case "after the claim":
      return killAtClaim(db, env, log);
    case "before the call":
    case "after Zitadel's commit":
      return killAtCall(stage, env, step, log);
    case "before the settlement":
    case "during the settlement":
      return killAtSettlement(db, env, step, log);
    default:
      return step satisfies never;
  }
}

/** As soon as anybody sees the claimed rows: the process may not have heard of them itself. */
async function killAtClaim(
  db: RoundDatabase,
  env: Record<string, string>,
  log: string[],
): Promise<number> {
  let kills = 0;
  const { stderr } = await spawnCli(["retry-accounts", "--wait", "1s"], env, {
    onSpawn: (child) => {
      let ended = false;
      child.once("exit", () => (ended = true));
      void (async () => {
        while (!ended) {
          const claimed = await db.query(
            `select 1 from auth.queued_managed_account_creations q
             join family_hub_jobs.runs r on r.run_id = q.claimed_by_run_id
             where r.pid = $1`,
            [child.pid],
          );
          if (claimed.length > 0) kills = child.kill("SIGKILL") ? 1 : kills;
        }
      })().catch(() => undefined);
    },
  });
  log.push(stderr);
  return kills;
}

async function killAtCall(
  stage: Stage,
  env: Record<string, string>,
  step: Step,
  log: string[],
): Promise<number> {
  const { control } = stage.zitadel;
  const at = step === "before the call" ? "before" : "after";
  await control.addFault({ method: "CreateUser", kind: "pause", name: step, at, times: 1 });
  let kills = 0;
  const run = spawnCli(["retry-accounts", "--wait", "3s"], env, {
    onSpawn: (child) => {
      void control.waitForPaused({ name: step }).then(
        () => (kills = child.kill("SIGKILL") ? 1 : 0),
        () => undefined,
      );
    },
  });
  log.push((await run).stderr);
  await control.release(step);
  return kills;
}

/** Locks held by somebody else stop the statement before it has, or while it is, writing. */
async function killAtSettlement(
  db: RoundDatabase,
  env: Record<string, string>,
  step: Step,
  log: string[],
): Promise<number> {
  const holder = await db.connect().catch(() => null);
  // Postgres is just recovering from a crash.
  if (holder === null) return 0;
  // Postgres may be crashed under it.
  holder.on("error", () => undefined);
  let kills = 0;
  try {
    const table = step === "before the settlement" ? "auth.users" : "auth.outbox_events";
    await holder.query("begin");
    await holder.query(`lock table ${table} in share row exclusive mode`);
    let ended = false;
    const run = spawnCli(["retry-accounts", "--wait", "1s"], env, {
      onSpawn: (child) => {
        child.once("exit", () => (ended = true));
        void (async () => {
          while (!ended) {
            const waiting = await holder.query(
              "select 1 from pg_locks where relation = $1::regclass and not granted",
              [table],
            );
            if (waiting.rows.length > 0) kills = child.kill("SIGKILL") ? 1 : 0;
            await sleep(30);
          }
        })().catch(() => undefined);
      },
    });
    const said = run.then(({ stderr }) => log.push(stderr));
    await Promise.race([said, sleep(6000)]);
  } finally {
    await holder.query("rollback").catch(() => undefined);
    holder.release(true);
  }
  return kills;
}
