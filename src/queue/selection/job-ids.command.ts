// The jobs that a verb is given by id: as arguments, or `-` for a list on stdin.
import { IdList } from "../../domain/id-list.ts";
import { isUuid } from "../../domain/job.ts";
import { UsageError } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { byIdJson, byIdText, byIdTotal, type DoneVerb } from "./by-id.text.ts";
import type { Runtime } from "../../runtime.ts";
import type { DoneById } from "./by-id.ts";
import { readLines } from "../../terminal/read-stdin.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import { tellRefused } from "../../runs/tell-refused.command.ts";

/**
 * All of them are read and looked at before anything is done.
 * @throws UsageError when there is none, or for the first that is no UUID
 */
export async function readJobIds(
  args: readonly string[],
  verb: string,
  runtime: Runtime,
): Promise<IdList> {
  // An empty pipe asked for nothing, which is done.
  if (args.length === 0) {
    throw new UsageError(
      `Name the jobs to ${verb}: \`queue ${verb} ID…\`, \`-\` to read ids from stdin, or a filter ` +
        "of `queue list`, such as --status failed.",
    );
  }
  const ids = new IdList();
  for (const arg of args) {
    if (arg !== "-") {
      ids.add(readJobId(arg));
      continue;
    }
    for await (const { number, text } of readLines(runtime.stdin)) {
      ids.add(readJobId(text, `Line ${number} of stdin`));
    }
  }
  return ids;
}

/**
 * Also as our own answers name it: `job/ID`.
 * @param where it stands, if not among the arguments
 */
export function readJobId(text: string, where = "An argument"): string {
  const id = text.replace(/^job\//, "");
  if (isUuid(id)) return id.toLowerCase();
  throw new UsageError(
    `${where} is not a valid job ID: "${cut(text)}". It must be a UUID, as \`queue list\` shows.`,
  );
}

const LONGEST_QUOTE = 60;

function cut(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

export interface ByIdFlags extends OutputFlags {
  readonly dryRun?: boolean;
}

/** @returns 1 when an id was not found or refused; the code of what stopped it, where something did */
export function finishByIds(
  report: DoneById,
  verb: DoneVerb,
  flags: ByIdFlags,
  runtime: Runtime,
): ExitCode {
  const { stdout, stderr } = runtime;
  const said = flags.dryRun === true ? `would be ${verb}` : verb;
  const quiet = flags.quiet === true;
  const texts = flags.json === true ? byIdJson(report, verb) : byIdText(report, said, quiet);
  for (const text of texts) stdout.write(text);
  if (!quiet && flags.json !== true) stderr.write(byIdTotal(report, said));
  const { stopped, skipped, refused } = report;
  const code = tellRefused(
    COMMANDS[verb],
    refused,
    skipped.notFound === 0 ? EXIT.ok : EXIT.fault,
    runtime,
  );
  if (stopped === null) return code;
  stderr.write(
    `family-hub-jobs: ${stopped.message}\n` +
      "family-hub-jobs: Jobs that are not listed were not touched: run the same command again for them.\n",
  );
  return stopped.exitCode;
}

const COMMANDS: Readonly<Record<DoneVerb, string>> = {
  requeued: "queue requeue",
  canceled: "queue cancel",
  undone: "queue undo",
};
