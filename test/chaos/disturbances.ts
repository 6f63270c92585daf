// What goes wrong around the processes of a round, and the steps at which one is killed for certain.
import { setTimeout as sleep } from "node:timers/promises";
import { runCli } from "../support/cli.ts";
import type { Fault, FaultEffect } from "../support/zitadel-emulator/index.ts";
import type { Random } from "./random.ts";
import type { RoundDatabase, Stage } from "./stage.ts";

const CALL_FAULTS: readonly FaultEffect[] = [
  { kind: "commit-then-drop" },
  { kind: "drop-before-commit" },
  { kind: "commit-then-status", code: 2, message: "context deadline exceeded" },
  { kind: "delay", ms: 900 },
  { kind: "hang", commit: true },
  { kind: "rst", at: "before" },
  { kind: "rst", at: "after" },
  { kind: "goaway", errorCode: 2 },
  { kind: "grpc", code: 14 },
  { kind: "http", status: 502 },
  { kind: "http", status: 504, commit: true },
  { kind: "http", status: 429, retryAfter: 1 },
  { kind: "uniqueness-db-failure" },
  { kind: "raw-unknown" },
  { kind: "db-connection-error" },
  { kind: "unauthenticated-db" },
];

const TOKEN_FAULTS: readonly FaultEffect[] = [
  { kind: "invalid-grant" },
  { kind: "http", status: 503 },
  { kind: "hang" },
];

/** Orders faults for the next calls, and lets things around the runs fail while they work. */
export async function disturb(stage: Stage, random: Random): Promise<number> {
  const faults: Fault[] = [];
  for (let i = random.integer(0, 4); i > 0; i -= 1) {
    const effect = random.pick(CALL_FAULTS);
    const method = random.pick(["CreateUser", "CreateUser", "GetUserByID", "ListUsers"] as const);
    faults.push({
      ...effect,
      method,
      probability: random.next(),
      seed: random.integer(1, 1e9),
      times: random.integer(1, 12),
    });
  }
  if (random.chance(0.1)) faults.push({ ...random.pick(TOKEN_FAULTS), method: "token", times: 1 });
  await stage.zitadel.control.setFaults(faults);
  if (random.chance(0.15)) zitadelOut = outage(stage, zitadelOut, random.integer(100, 800));
  if (random.chance(0.1)) return faults.length + crashPostgres(stage, random);
  return faults.length;
}

async function outage(stage: Stage, earlier: Promise<void>, ms: number): Promise<void> {
  await earlier;
  await sleep(ms);
  await stage.zitadel.control.setDown(true);
  await sleep(ms);
  await stage.zitadel.control.setDown(false);
}

function crashPostgres(stage: Stage, random: Random): number {
  const atMs = random.integer(150, 600);
  restarting = restarting
    .then(() => sleep(atMs))
    .then(() => stage.postgres.crash())
    .then(() => stage.postgres.restart());
  return 1;
}

let restarting: Promise<void> = Promise.resolve();
let zitadelOut: Promise<void> = Promise.resolve();

/** Before the calm, which meets no trouble. */
export async function troubleIsOver(): Promise<void> {
  await Promise.all([restarting, zitadelOut]);
}

/** For whoever asks Postgres besides the runs. */
export function postgresIsBack(): Promise<void> {
  return restarting;
}

type Step =
  "before the call" | "after Zitadel's commit" | "before the settlement" | "during the settlement";

/** Waits for a run to reach the step, kills it there. @returns 1 when a process was killed */
export async function killAtStep(
  stage: Stage,
  db: RoundDatabase,
  env: Record<string, string>,
  random: Random,
): Promise<number> {
  const step = random.pick<Step>([
    "before the call",
    "after Zitadel's commit",
    "before the settlement",
    "during the settlement",
  ]);
  const settling = step === "before the settlement" || step === "during the settlement";
  return settling ? killAtSettlement(db, env, step) : killAtCall(stage, env, step);
}

async function killAtCall(stage: Stage, env: Record<string, string>, step: Step): Promise<number> {
  const { control } = stage.zitadel;
  const at = step === "before the call" ? "before" : "after";
  await control.addFault({ method: "CreateUser", kind: "pause", name: step, at, times: 1 });
  let kills = 0;
  const run = runCli(["retry-accounts", "--wait", "3s"], env, {
    onSpawn: (child) => {
      void control.waitForPaused({ name: step }).then(
        () => (kills = child.kill("SIGKILL") ? 1 : 0),
        () => undefined,
      );
    },
  });
  await run;
  await control.release(step);
  return kills;
}

/** Locks held by somebody else stop the statement before it has, or while it is, writing. */
async function killAtSettlement(
  db: RoundDatabase,
  env: Record<string, string>,
  step: Step,
): Promise<number> {
  const holder = await db.connect();
  // Postgres may be crashed under it.
  holder.on("error", () => undefined);
  let kills = 0;
  try {
    const table = step === "before the settlement" ? "auth.users" : "auth.outbox_events";
    await holder.query("begin");
    await holder.query(`lock table ${table} in share row exclusive mode`);
    let ended = false;
    const run = runCli(["retry-accounts", "--wait", "1s"], env, {
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
    await Promise.race([run, sleep(6000)]);
  } finally {
    await holder.query("rollback").catch(() => undefined);
    holder.release(true);
  }
  return kills;
}
