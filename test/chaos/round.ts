// One round: jobs, processes that are killed while everything around them fails, calm, the reckoning.
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnCli } from "../support/cli.ts";
import { loseHost } from "./black-outs.ts";
import { letTimePass, UNHURRIED } from "./calm-run.ts";
import { runBounded } from "./run-bounded.ts";
import { disturb, postgresIsBack, troubleIsOver } from "./disturbances.ts";
import { createFamilyHubTrouble } from "./family-hub-trouble.ts";
import { freeze } from "./freeze.ts";
import { checkInvariants } from "./invariants.ts";
import { killAtStep } from "./kill-at-step.ts";
import { plantJobs } from "./plant-jobs.ts";
import type { Random } from "./random.ts";
import { createSomebodyElsesRules } from "./other-applications-rules.ts";
import { openRoundDatabase, type RoundDatabase, type Stage } from "./stage.ts";
import type { Troubles } from "./troubles.ts";
import { createZitadelTrouble } from "./zitadel-trouble.ts";

export interface RoundResult {
  readonly processes: number;
  readonly kills: number;
  readonly faults: number;
  readonly jobs: number;
  readonly violations: readonly string[];
}

const FLAGS = [[], [], ["--limit", "3"], ["--max-duration", "300ms"], ["--concurrency", "1"]];

/** What a run may end with while everything fails around it; 70 is a bug in the tool. */
const EXPECTED_CODES = new Set([0, 1, 69, 75, 77, 137, 143]);

/** Where a run's output goes: most often to somebody who reads it, else to a full disk. */
const FULL = [
  ...[[], [], [], [], [], []],
  ...([["stdout"], ["stderr"], ["stdout", "stderr"]] as const),
];

export async function runRound(stage: Stage, random: Random): Promise<RoundResult> {
  const name = `chaos_${randomUUID().replaceAll("-", "")}`;
  await stage.zitadel.control.reset();
  const db = await openRoundDatabase(stage, name);
  const violations: string[] = [];
  const trouble: Troubles = {
    zitadel: createZitadelTrouble(stage, db, random),
    familyHub: createFamilyHubTrouble(stage, db, random),
    log: [],
  };
  try {
    const jobs = await plantJobs(stage, db, random);
    const env = stage.env(name);
    const rules = createSomebodyElsesRules(db, random);
    const refused = await rules.begin();
    const { processes, kills, faults } = await storm(stage, db, env, random, trouble, violations);
    await troubleIsOver(stage);
    await trouble.familyHub.end();
    await stage.zitadel.control.setFaults([]);
    violations.push(...(await checkInvariants(stage, db, trouble, "after the storm")));
    await trouble.zitadel.end();
    violations.push(...(await rules.end(env)));
    const calmRuns = await calm(db, env, random, trouble, violations);
    violations.push(...(await checkInvariants(stage, db, trouble, "at the end")));
    return { processes: processes + calmRuns, kills, faults: faults + refused, jobs, violations };
  } finally {
    await db.close();
  }
}

/** Waves of processes at once, each wave with its own disturbances. */
async function storm(
  stage: Stage,
  db: RoundDatabase,
  env: Record<string, string>,
  random: Random,
  trouble: Troubles,
  violations: string[],
): Promise<{ processes: number; kills: number; faults: number }> {
  let [processes, kills, faults] = [0, 0, 0];
  for (let wave = 0; wave < random.integer(1, 3); wave += 1) {
    faults += await disturb(stage, db, random);
    faults += await trouble.zitadel.begin();
    faults += trouble.familyHub.begin();
    const count = random.integer(1, 4);
    const sharded = random.chance(0.2);
    const children: ChildProcess[] = [];
    const runs = Array.from({ length: count }, (_, index) => {
      const shard = sharded ? ["--shard", `${index + 1}/${count}`] : [];
      let killed = false;
      const flags = random.pick(FLAGS);
      const full = random.pick(FULL);
      const ended = runBounded(["retry-accounts", "--json", ...shard, ...flags], env, {
        full,
        onSpawn: (child) => {
          children.push(child);
          const signal = random.pick(["SIGKILL", "SIGKILL", "SIGTERM", null] as const);
          if (signal === null) return;
          const atMs = random.integer(100, 900);
          setTimeout(() => (killed = child.kill(signal) || killed), atMs).unref();
        },
      });
      return ended.then((result) => ({ ...result, killed, full }));
    });
    if (random.chance(0.1)) {
      await loseHost(stage, random.integer(200, 900), () => {
        for (const child of children) kills += child.kill("SIGKILL") ? 1 : 0;
      });
    }
    if (random.chance(0.5)) await postgresIsBack();
    if (random.chance(0.5)) kills += await killAtStep(stage, db, env, random, trouble.log);
    if (random.chance(0.25)) {
      const woken = await freeze(stage, db, env, random, trouble.log);
      processes += 2;
      trouble.log.push(woken.stderr);
      if (!EXPECTED_CODES.has(woken.code))
        violations.push(`a woken run ended with ${woken.code}: ${woken.stderr}`);
    }
    for (const { code, stderr, killed, full } of await Promise.all(runs)) {
      processes += 1;
      kills += killed ? 1 : 0;
      trouble.log.push(stderr);
      if (!EXPECTED_CODES.has(code) && !(code === 74 && full.length > 0))
        violations.push(`a run ended with ${code}: ${stderr}`);
    }
    // Half of the time the leases of the dead are over by the next wave.
    if (random.chance(0.5)) await sleep(1500);
  }
  return { processes, kills, faults };
}

/**
 * No more faults: every job must finish without help, except those that failed permanently and are requeued.
 */
async function calm(
  db: RoundDatabase,
  env: Record<string, string>,
  random: Random,
  trouble: Troubles,
  violations: string[],
): Promise<number> {
  for (let runs = 1; runs <= 30; runs += 1) {
    // The second run has what the first one failed for.
    if (runs === 2) {
      await trouble.zitadel.giveBack();
      await trouble.familyHub.giveBack();
    }
    await letTimePass(db);
    const failed = await db.query<{ id: string }>(
      "select id from auth.queued_managed_account_creations where status = 'failed'",
    );
    if (failed.length > 0) {
      const ids = failed.map((row) => row.id);
      const requeued = await spawnCli(["queue", "requeue", "-"], env, { stdin: ids.join("\n") });
      if (requeued.code !== 0)
        violations.push(`queue requeue ended with ${requeued.code}: ${requeued.stderr}`);
    }
    const full = random.pick(FULL);
    const run = await runBounded(["retry-accounts", "--json"], { ...env, ...UNHURRIED }, { full });
    trouble.log.push(run.stderr);
    // What nobody could read has changed nothing else.
    if (run.code !== 0 && !(run.code === 74 && full.length > 0))
      violations.push(`a calm run ended with ${run.code}: ${run.stderr}`);
    const [open] = await db.query<{ count: number }>(
      "select count(*)::int as count from auth.queued_managed_account_creations where status <> 'completed'",
    );
    if (open?.count === 0) return runs;
  }
  violations.push("the queue did not drain in 30 calm runs");
  return 30;
}
