// The stage of a CLI test: a database and an emulated Zitadel, both empty at the start of each test.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { interrupt } from "./at-rest.ts";
import { expectNoCanary, plantCanary } from "./canaries.ts";
import { runCli, runCliJson, spawnCli, type CliOptions, type CliResult } from "./cli.ts";
import { cloneDatabase, type TestDatabase } from "./database.ts";
import type { Variant } from "./family-hub-schemas.ts";
import { killSpawned } from "./spawn-binary.ts";
import { testRingFile } from "./test-server.ts";
import { until } from "./wait-until.ts";
import { wholeDatabase } from "./whole-database.ts";
import { startZitadelEmulator, type ZitadelEmulator } from "./zitadel-emulator/index.ts";
import { serviceKeyEnv, type RetryJson } from "./zitadel-env.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface Scene {
  readonly db: TestDatabase;
  readonly zitadel: ZitadelEmulator;
  readonly env: Readonly<Record<string, string>>;
  /** Runs any command with the scene's settings; `env` adds to them, undefined unsets. */
  cli(args: readonly string[], env?: Env, options?: CliOptions): Promise<CliResult>;
  json<T>(args: readonly string[], env?: Env): Promise<T>;
  retry(args?: readonly string[], env?: Env): Promise<RetryRun>;
  /** Starts a process without waiting for its end; it is killed when the test ends before it. */
  start(args: readonly string[], env?: Env): Running;
}

/** A finished `retry-accounts --json`. */
export interface RetryRun extends CliResult {
  readonly report: RetryJson;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process, which must be waiting for something, has taken the signal. */
  interrupt(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Call inside `describe`: registers the hooks that set the scene and clear it away.
 * @param open another database than a clone of the migrated template
 */
export function setScene(
  variant: Variant = "own",
  open: () => Promise<TestDatabase> = () => cloneDatabase(variant),
): Scene {
  let db: TestDatabase | null = null;
  let zitadel: ZitadelEmulator | null = null;

  before(async () => {
    [zitadel, db] = await Promise.all([startZitadelEmulator(), open()]);
    plantCanary("the personal access token", zitadel.pat);
    plantCanary("the service account's key", zitadel.serviceKey.key.split("\n")[3] ?? "");
  });
  after(() => Promise.all([zitadel?.stop(), db?.drop()]));
  beforeEach(() => zitadel?.control.reset());
  afterEach(async () => {
    killSpawned();
    // Cheaper than a new database; what a killed process left running must be over first.
    await until(scene.db, NO_COMMAND_CONNECTED);
    expectNoCanary("a table", await wholeDatabase(scene.db));
    await scene.db.query(EMPTY);
  });

  const scene: Scene = {
    get db() {
      return present(db);
    },
    get zitadel() {
      return present(zitadel);
    },
    get env() {
      return serviceKeyEnv(scene.zitadel, scene.db.url, testRingFile());
    },
    cli: (args, env = {}, options = {}) => runCli(args, { ...scene.env, ...env }, options),
    json: <T>(args: readonly string[], env: Env = {}) =>
      runCliJson<T>([...args, "--json"], { ...scene.env, ...env }),
    retry: async (args = [], env = {}) => {
      const result = await scene.cli(["retry-accounts", "--json", ...args], env);
      return { ...result, report: parseReport(result) };
    },
    start: (args, env = {}) => {
      let child: ChildProcess | null = null;
      const ended = spawnCli(
        args,
        { ...scene.env, ...env },
        { onSpawn: (spawned) => (child = spawned) },
      );
      const process = present<ChildProcess>(child);
      return {
        process,
        ended,
        kill: (signal) => void process.kill(signal),
        interrupt: (signal) => interrupt(process, signal),
      };
    },
  };
  return scene;
}

const NO_COMMAND_CONNECTED = `not exists (select from pg_stat_activity
  where application_name like 'fhj%' and datname = current_database())`;

const EMPTY = `
  delete from auth.family_member_invitations;
  delete from auth.users;
  delete from auth.outbox_events;
  delete from auth.queued_managed_account_creations;
  delete from auth.families;
  delete from family_hub_jobs.attempts;
  delete from family_hub_jobs.runs;
  delete from family_hub_jobs.operator_actions;
  delete from family_hub_jobs.pause;
  update family_hub_jobs.breaker set opened_at = null, paused_until = null, reason = null,
    answered_at = null, answered_url = null, answered_key = null;`;

/** What `retry-accounts --json` printed. @throws with the complaint when it printed nothing */
export function parseReport({ code, stdout, stderr }: CliResult): RetryJson {
  if (stdout === "") throw new Error(`no report (exit ${code}): ${stderr}`);
  return JSON.parse(stdout) as RetryJson;
}

/** Any other program, such as a shell with a pipe. */
export async function runProgram(
  command: string,
  args: readonly string[],
  env: Env,
  cwd = "/",
): Promise<CliResult> {
  const child = spawn(command, args, {
    env: { PATH: process.env["PATH"], ...env },
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  const line = [command, ...args].join(" ").slice(0, 60);
  expectNoCanary(`what \`${line}\` printed`, `${stdout}\n${stderr}`);
  return { code: code ?? -1, stdout, stderr };
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error("the scene is not set yet");
  return value;
}
