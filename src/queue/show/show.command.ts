// `queue show`: from a job's ID or username to its fields, its outlook and its timeline.
import { UsageError } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { textStyle } from "../../terminal/cells.ts";
import { json } from "../../terminal/json.ts";
import { formatJob } from "./show.text.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import { showJob } from "./show.ts";
import { resolveJob } from "../selection/resolve-jobs.ts";
import { tryKnownKeys } from "../../passwords/known-keys.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";

/** Exit code 1 if no job has the ID or username. */
export async function run(arg: string, flags: OutputFlags, runtime: Runtime): Promise<ExitCode> {
  const text = arg.replace(/^job\//, "").trim();
  if (text === "") throw new UsageError("The argument is empty: give a job's ID or username.");
  const { database, retry, emailDomain } = config(runtime, "database", "retry", "emailDomain");
  const options = { ...retry, emailDomain, hasKey: tryKnownKeys(runtime.env) };
  const story = await underReadLock(database, async (lock) =>
    showJob(await resolveJob(text, lock), options, lock),
  );
  const { stdout, env } = runtime;
  const { now, ...shown } = story;
  const style = { ...textStyle(stdout, env, now), retries: retry.schedule.delaysMs.length };
  stdout.write(flags.json === true ? `${json(shown)}\n` : formatJob(story, style));
  return EXIT.ok;
}
