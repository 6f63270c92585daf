// `queue explain`: one job's id -> use case -> paragraphs or data.
import { json } from "../report/json.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle } from "../report/cells.ts";
import { formatExplanation } from "../report/explanation-text.ts";
import { config, underReadLock, type Runtime } from "../runtime.ts";
import { explainJob } from "../use-cases/queue-explain.ts";
import { readJobId } from "./job-ids.ts";
import { readKnownKeys } from "./known-keys.ts";
import { textWidth } from "../report/terminal-size.ts";
import type { OutputFlags } from "./run-flags.ts";

/** Exit code 1 when no job has the id. */
export async function run(arg: string, flags: OutputFlags, runtime: Runtime): Promise<ExitCode> {
  const id = readJobId(arg);
  const { database, retry, emailDomain } = config(runtime, "database", "retry", "emailDomain");
  const options = { ...retry, emailDomain, hasKey: readKnownKeys(runtime) };
  const { explanation, now } = await underReadLock(database, async (lock) => ({
    explanation: await explainJob(id, options, lock),
    now: lock.startedAt,
  }));
  const { stdout, env } = runtime;
  stdout.write(
    flags.json === true
      ? `${json(explanation)}\n`
      : formatExplanation(explanation, textWidth(runtime.stdout), textStyle(stdout, env, now)),
  );
  return EXIT.ok;
}
