// `queue show`: one job's id -> use case -> its fields, its outlook and its timeline.
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { textStyle } from "../../terminal/cells.ts";
import { json } from "../../terminal/json.ts";
import { formatStory } from "./show.text.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import { showJob } from "./show.ts";
import { readJobId } from "../selection/job-ids.command.ts";
import { tryKnownKeys } from "../../passwords/known-keys.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";

/** Exit code 1 when no job has the id. */
export async function run(arg: string, flags: OutputFlags, runtime: Runtime): Promise<ExitCode> {
  const id = readJobId(arg);
  const { database, retry, emailDomain } = config(runtime, "database", "retry", "emailDomain");
  const options = { ...retry, emailDomain, hasKey: tryKnownKeys(runtime.env) };
  const story = await underReadLock(database, (lock) => showJob(id, options, lock));
  const { stdout, env } = runtime;
  const { now, ...shown } = story;
  const style = { ...textStyle(stdout, env, now), retries: retry.schedule.delaysMs.length };
  stdout.write(flags.json === true ? `${json(shown)}\n` : formatStory(story, style));
  return EXIT.ok;
}
