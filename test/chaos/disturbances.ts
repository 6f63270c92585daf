// What goes wrong around the processes of a round: Zitadel's answers, its absence, Postgres, connections.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, FaultEffect } from "../support/zitadel-emulator/index.ts";
import { blackOut, networksAreBack } from "./black-outs.ts";
import { writeCommitsAtOnce, writeCommitsLate } from "./lost-commits.ts";
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
  { kind: "instance-not-found-db" },
];

const METHODS = [
  "CreateUser",
  "CreateUser",
  "GetUserByID",
  "ListUsers",
  "ListUserMetadata",
  "GetUserByLoginNameGlobal",
  "GetMyOrg",
] as const;

const TOKEN_FAULTS: readonly FaultEffect[] = [
  { kind: "invalid-grant" },
  { kind: "http", status: 503 },
  { kind: "hang" },
];

/** Orders faults for the next calls, and lets things around the runs fail while they work. */
export async function disturb(stage: Stage, db: RoundDatabase, random: Random): Promise<number> {
  const faults: Fault[] = [];
  for (let i = random.integer(0, 4); i > 0; i -= 1) {
    const effect = random.pick(CALL_FAULTS);
    const method = random.pick(METHODS);
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
  const blackOuts = blackOut(stage, random);
  if (random.chance(0.1)) return faults.length + blackOuts + crashPostgres(stage, random);
  if (random.chance(0.07)) return faults.length + blackOuts + loseCommits(stage, db, random);
  if (random.chance(0.2)) return faults.length + blackOuts + cutConnections(db, random);
  return faults.length + blackOuts;
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

/** As where a standby is promoted that lagged behind. */
function loseCommits(stage: Stage, db: RoundDatabase, random: Random): number {
  const atMs = random.integer(500, 2000);
  restarting = restarting
    .then(() => writeCommitsLate(db))
    .then(() => sleep(atMs))
    .then(() => stage.postgres.crash())
    .then(() => stage.postgres.restart())
    .then(() => writeCommitsAtOnce(db));
  return 1;
}

/** As a failover or an administrator does; a run has one for its lock and one for its work. */
function cutConnections(db: RoundDatabase, random: Random): number {
  const atMs = random.integer(150, 900);
  cutting = cutting
    .then(() => sleep(atMs))
    .then(() =>
      db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'fhj retry-accounts %'
           and random() < 0.7`,
      ),
    )
    .then(
      () => undefined,
      () => undefined,
    );
  return 1;
}

let cutting: Promise<void> = Promise.resolve();
let restarting: Promise<void> = Promise.resolve();
let zitadelOut: Promise<void> = Promise.resolve();

/** Before the calm, which meets no trouble. */
export async function troubleIsOver(stage: Stage): Promise<void> {
  await Promise.all([restarting, zitadelOut, cutting, networksAreBack(stage)]);
}

/** For queries to Postgres outside the runs. */
export function postgresIsBack(): Promise<void> {
  return restarting;
}
