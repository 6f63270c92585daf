// The jobs that a verb is given by id: as arguments, or `-` for a list on stdin.
import { isUuid } from "../domain/job.ts";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { byIdJson, byIdText, byIdTotal, type DoneVerb } from "../report/by-id.ts";
import type { Runtime } from "../runtime.ts";
import type { DoneById } from "../use-cases/by-id.ts";
import { readLines } from "./read-stdin.ts";
import type { OutputFlags } from "./run-flags.ts";

/** @throws UsageError when there is none, or one that is no UUID */
export async function readJobIds(
  args: readonly string[],
  verb: string,
  runtime: Runtime,
): Promise<string[]> {
  // An empty pipe asked for nothing, which is done.
  if (args.length === 0) {
    throw new UsageError(
      `Name the jobs to ${verb}: \`queue ${verb} ID…\`, \`-\` to read ids from stdin, or a filter ` +
        "of `queue list`, such as --status failed.",
    );
  }
  const ids: string[] = [];
  for (const arg of args) ids.push(...(arg === "-" ? await readLines(runtime.stdin) : [arg]));
  return ids.map(readJobId);
}

/** Also as our own answers name it: `job/ID`. */
export function readJobId(text: string): string {
  const id = text.replace(/^job\//, "");
  if (isUuid(id)) return id.toLowerCase();
  throw new UsageError(`"${text}" is no job id: it must be a UUID, as \`queue list\` shows.`);
}

export interface ByIdFlags extends OutputFlags {
  readonly dryRun?: boolean;
}

/** @returns 1 when an id was not found */
export function finishByIds(
  report: DoneById,
  verb: DoneVerb,
  flags: ByIdFlags,
  { stdout, stderr }: Runtime,
): ExitCode {
  const said = flags.dryRun === true ? `would be ${verb}` : verb;
  const quiet = flags.quiet === true;
  stdout.write(flags.json === true ? byIdJson(report, verb) : byIdText(report, said, quiet));
  if (!quiet && flags.json !== true) stderr.write(byIdTotal(report, said));
  return report.skipped.every((skip) => skip.found) ? EXIT.ok : EXIT.fault;
}
