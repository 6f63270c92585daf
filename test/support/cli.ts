// Runs a command as its users do, in an environment of its own and held to what every command keeps.
import { callMain } from "./call-main.ts";
import { expectNoCanary } from "./canaries.ts";
import { expectDocumented, type Printed } from "./documented-json.ts";
import { spawnBinary, type SpawnOptions } from "./spawn-binary.ts";

export { BINARY } from "./spawn-binary.ts";

export interface CliResult {
  /** As a shell would see it: 128 + n for a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions extends SpawnOptions {
  readonly stdin?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What this tool alone reads, from the environment that `main` is handed. Anything else, such as TZ,
 * NODE_OPTIONS, PGHOST or a proxy, is read by node or a library as well, from the process itself.
 */
const OURS =
  /^(DATABASE_URL|ZITADEL_|PASSWORD_KEYS|SYNTHETIC_EMAIL_DOMAIN|RETRY_|INVITATION_|JOB_RETENTION|FAILED_PASSWORD_RETENTION|LOG_|METRICS_DIR|PUSHGATEWAY_URL|PING_URL|OTEL_(EXPORTER_OTLP_|SERVICE_NAME|RESOURCE_ATTRIBUTES|SDK_DISABLED|TRACES_EXPORTER))/;

/**
 * By calling `main`, which takes a tenth of the time that a process takes to start; in a process
 * where the call could tell the difference. For what is about processes there is `spawnCli`.
 */
export async function runCli(
  args: readonly string[],
  env: Env = {},
  options: CliOptions = {},
): Promise<CliResult> {
  const needsProcess =
    options.cwd !== undefined ||
    options.onSpawn !== undefined ||
    // Where it runs out of time it ends the process, with what it has begun.
    args[0] === "__complete" ||
    Object.keys(env).some((name) => !OURS.test(name));
  if (needsProcess) return spawnCli(args, env, options);
  const result = await callMain(args, env, options.stdin);
  return checked(args, result, result);
}

/** As the built binary, in a process of its own. */
export async function spawnCli(
  args: readonly string[],
  env: Env = {},
  options: CliOptions = {},
): Promise<CliResult> {
  const { seen, ...result } = await spawnBinary(args, env, options);
  return checked(args, result, { ...result, ...seen });
}

function checked(args: readonly string[], result: CliResult, printed: Printed): CliResult {
  const { stdout, stderr } = result;
  expectNoCanary(`what \`${args.join(" ").slice(0, 60)}\` printed`, `${stdout}\n${stderr}`);
  expectDocumented(args, printed);
  return result;
}

/** For answers in JSON. @throws with what was printed when the command did not succeed */
export async function runCliJson<T>(args: readonly string[], env: Env = {}): Promise<T> {
  const result = await runCli(args, env);
  if (result.stdout === "") throw new Error(`no answer (exit ${result.code}): ${result.stderr}`);
  return JSON.parse(result.stdout) as T;
}
