// crontab.example under Debian's cron, with Postgres and Zitadel: all live by one clock, moved minute by minute.
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnCli } from "../support/cli.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { CHECKOUT } from "../support/documents.ts";
import { installPackage } from "../support/installed.ts";
import { memoryFolder } from "../support/postgres-home.ts";
import { startPostgres } from "../support/postgres.ts";
import { testRingFile } from "../support/test-server.ts";
import { spawnZitadelEmulator, type ZitadelControl } from "../support/zitadel-emulator/index.ts";
import { startFakedClock } from "../week/faked-clock.ts";
import { startCron, USER } from "./private-cron.ts";

export interface SimulatedCron {
  readonly db: TestDatabase;
  readonly control: ZitadelControl;
  /** Lets cron start the next minute's run, and waits for its end and its mail. */
  minute(): Promise<Minute>;
  losePostgres(): Promise<void>;
  restorePostgres(): Promise<void>;
  close(): Promise<void>;
}

export interface Minute {
  readonly exitCode: number;
  /** Headers and all. */
  readonly mails: readonly string[];
}

const NAME = "family_hub";
const SETTING_UP_MS = 3_600_000;

/** @param change of the crontab's settings */
export async function startSimulatedCron(
  atMs: number,
  change: Readonly<Record<string, string>>,
): Promise<SimulatedCron> {
  // It continues while everything else starts.
  const clock = await startFakedClock(atMs - SETTING_UP_MS);
  const clocked = { ...process.env, ...clock.env };
  const postgres = await startPostgres([], await memoryFolder(), clocked);
  const zitadel = await spawnZitadelEmulator([], clocked);
  const program = await installRecorded();
  await postgres.createDatabase(NAME);
  const url = postgres.url(NAME);
  const migrated = await spawnCli(["migrate"], { ...clock.env, DATABASE_URL: url });
  if (migrated.code !== 0) throw new Error(migrated.stderr);
  await clock.moveTo(atMs);
  const cron = await startCron({
    crontab: await crontabWith({ ...clock.env, ZITADEL_URL: zitadel.url, ...change }),
    secrets: {
      "database-url": url,
      "zitadel-key.json": await readFile(zitadel.keyFile, "utf8"),
      "password-keys.json": await readFile(testRingFile(), "utf8"),
    },
    ...{ programs: program.folder, env: clock.env },
  });

  await cron.asleep();
  let [nowMs, mailed] = [atMs, 0];
  return {
    db: openTestDatabase(NAME, postgres),
    control: zitadel.control,
    minute: async () => {
      await clock.moveTo((nowMs += 60_000));
      await cron.wake();
      const exitCode = await program.nextExitCode();
      await cron.asleep();
      const mails = (await cron.mails()).slice(mailed);
      mailed += mails.length;
      return { exitCode, mails };
    },
    losePostgres: () => postgres.crash(),
    restorePostgres: () => postgres.restart(),
    close: async () => {
      await cron.stop();
      await zitadel.stop();
      await postgres.stop();
      await program.remove();
      await clock.remove();
    },
  };
}

/** As shipped, but for these settings. */
async function crontabWith(settings: Readonly<Record<string, string>>): Promise<string> {
  const shipped = await readFile(`${CHECKOUT}crontab.example`, "utf8");
  const names = Object.keys(settings).join("|");
  const lines = Object.entries(settings).map(([name, value]) => `${name}="${value}"\n`);
  return shipped
    .replace(new RegExp(`^(${names})=.*\n`, "gm"), "")
    .replace(/^SHELL=.*\n/m, (line) => line + lines.join(""));
}

/** The package's program, behind one that notes what each run ended with. */
async function installRecorded() {
  const installed = await installPackage();
  // The crontab's user must reach it.
  await chmod(dirname(installed.prefix), 0o755);
  const folder = await mkdtemp(join(tmpdir(), "family-hub-recorded-"));
  const [programs, file] = [join(folder, "bin"), join(folder, "exit-codes")];
  await chmod(folder, 0o755);
  await mkdir(programs);
  await writeFile(file, "");
  await chown(file, USER.id, USER.id);
  const real = join(installed.prefix, "bin", "family-hub-jobs");
  const script = `#!/bin/sh\n${real} "$@"\ncode=$?\necho $code >> ${file}\nexit $code\n`;
  await writeFile(join(programs, "family-hub-jobs"), script, { mode: 0o755 });
  let known = 0;
  return {
    folder: programs,
    nextExitCode: async () => {
      for (;;) {
        const codes = (await readFile(file, "utf8")).trim().split("\n").filter(Boolean);
        if (codes.length > known) return Number(codes[(known += 1) - 1]);
        await sleep(20);
      }
    },
    remove: async () => {
      await rm(folder, { recursive: true, force: true });
      await installed.remove();
    },
  };
}
