// Postgres with a standby, Zitadel and the tool, each a process that lives by the moved clock.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKey } from "../../src/passwords/generate.ts";
import { spawnCli, type CliResult } from "../support/cli.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { givenFamily } from "../support/given.ts";
import type { Jwk } from "../support/hand-made-jwe.ts";
import { memoryFolder } from "../support/postgres-home.ts";
import { startPostgres } from "../support/postgres.ts";
import { until } from "../support/wait-until.ts";
import { spawnZitadelEmulator, type ZitadelControl } from "../support/zitadel-emulator/index.ts";
import { startCaller } from "./caller.ts";
import { startFakedClock } from "./faked-clock.ts";

export interface Stage {
  /** Of the server that is the primary. */
  readonly db: TestDatabase;
  readonly familyId: string;
  readonly control: ZitadelControl;
  /** What FamilyHub seals passwords with: the first of the ring. */
  readonly key: Jwk;
  readonly metricsFolder: string;
  moveTo(atMs: number): Promise<void>;
  /** In a process of its own, as cron does. */
  run(...args: string[]): Promise<CliResult>;
  /** In a process that all calls share: a fifth of the time. */
  call(...args: string[]): Promise<CliResult>;
  /** The standby has every commit so far, and gets none of the next. */
  stopReplication(): Promise<void>;
  /** From then on nobody answers. */
  losePrimary(): Promise<void>;
  promoteStandby(): Promise<void>;
  addKey(): Promise<void>;
  /** Leaves the first key of the ring. */
  dropOldKeys(): Promise<void>;
  close(): Promise<void>;
}

const NAME = "family_hub";
const SETTINGS = [
  // Naps between vacuums are of real time, in which many minutes of the moved clock pass.
  "autovacuum_naptime=1s",
  "checkpoint_timeout=1h",
  // Postgres takes a minute that is skipped for one of silence.
  ...["wal_sender_timeout=0", "wal_receiver_timeout=0"],
];

/** @param settings of the tool, in addition to the addresses and secrets */
export async function openStage(atMs: number, settings: Record<string, string>): Promise<Stage> {
  const memory = await memoryFolder();
  // Each run waits until its metrics are on the disk.
  const folder = await mkdtemp(join(memory, "family-hub-week-"));
  const metricsFolder = await mkdtemp(join(folder, "metrics-"));
  const clock = await startFakedClock(atMs);
  const env = { ...process.env, ...clock.env };
  const primary = await startPostgres(SETTINGS, memory, env);
  const zitadel = await spawnZitadelEmulator([], env);
  await primary.createDatabase(NAME);
  const standby = await primary.startStandby();
  let db = openTestDatabase(NAME, primary);

  const ringFile = join(folder, "ring.json");
  const saveKeys = async (...keys: [Jwk, ...Jwk[]]) => {
    await writeFile(ringFile, JSON.stringify({ keys }), { mode: 0o600 });
    return keys;
  };
  const newKey = async () => (await generateKey("EC")) as Jwk;
  let keys = await saveKeys(await newKey());

  const toolEnv = {
    DATABASE_URL: `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/${NAME}?target_session_attrs=primary`,
    ZITADEL_URL: zitadel.url,
    ZITADEL_KEY_FILE: zitadel.keyFile,
    PASSWORD_KEYS_FILE: ringFile,
    METRICS_DIR: metricsFolder,
    ...settings,
  };
  const run = (...args: string[]) => spawnCli(args, { ...clock.env, ...toolEnv });
  const caller = startCaller(clock.env);
  let walSender = NaN;
  const migrated = await run("migrate");
  if (migrated.code !== 0) throw new Error(migrated.stderr);
  // As where the last one came with a version of its own: a rollback undoes it alone.
  await db.query(
    `update family_hub_jobs.migrations set batch = 2
     where name = (select max(name) from family_hub_jobs.migrations)`,
  );

  return {
    get db() {
      return db;
    },
    familyId: await givenFamily(db),
    control: zitadel.control,
    get key() {
      return keys[0];
    },
    metricsFolder,
    moveTo: clock.moveTo,
    run,
    call: (...args) => caller.call(args, toolEnv),
    stopReplication: async () => {
      await until(db, "pg_current_wal_lsn() = (select max(replay_lsn) from pg_stat_replication)");
      ({ pid: walSender } = await db.one<{ pid: number }>("select pid from pg_stat_replication"));
      process.kill(walSender, "SIGSTOP");
    },
    losePrimary: async () => {
      const gone = primary.crash();
      // Postgres would wait for what stands still.
      process.kill(walSender, "SIGKILL");
      await gone;
    },
    promoteStandby: async () => {
      db = openTestDatabase(NAME, standby);
      await db.query("select pg_promote()");
    },
    addKey: async () => {
      keys = await saveKeys(await newKey(), ...keys);
    },
    dropOldKeys: async () => {
      keys = await saveKeys(keys[0]);
    },
    close: async () => {
      caller.stop();
      await zitadel.stop();
      await standby.stop();
      await primary.stop();
      await clock.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
