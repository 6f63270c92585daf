// Reads the job IDs given to a command: as arguments, or from stdin with `-`.
import { IdList } from "../../domain/id-list.ts";
import { isCompleteId } from "../../domain/short-id.ts";
import { UsageError } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { byIdJson, byIdText, byIdTotal, undoText, type DoneVerb } from "./by-id.text.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import { config, type Runtime } from "../../runtime.ts";
import type { DoneById } from "./by-id.ts";
import { resolveIds } from "./resolve-jobs.ts";
import { readTypedId, type TypedId } from "./typed-id.ts";
import { oneLine } from "../../one-line.ts";
import { readLines } from "../../terminal/read-stdin.ts";
import { noteText } from "../../terminal/reading.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import { withProgress, type ShownProgress } from "../../runs/show-progress.command.ts";
import { printRefused } from "../../runs/print-refused.command.ts";
import { say } from "../../terminal/say.ts";

/**
 * Reads and checks all of them before anything is done; queries the database only for shortened IDs.
 * @throws UsageError if there is none, or for the first that is invalid or ambiguous
 * @throws NotFoundError for the first that matches no job
 */
export async function readJobIds(
  args: readonly string[],
  verb: string,
  runtime: Runtime,
): Promise<IdList> {
  // An empty pipe selects nothing, which is no error.
  if (args.length === 0) {
    throw new UsageError(
      `Name the jobs to ${verb}: \`queue ${verb} ID…\`, \`-\` to read IDs from stdin, or a filter ` +
        "of `queue list`, such as --status failed.",
    );
  }
  const complete = new IdList();
  const shortened: ShortenedId[] = [];
  const take = (typed: TypedId) => {
    if (isCompleteId(typed.range)) complete.add(typed.range.from);
    else shortened.push({ typed, behind: complete.length });
  };
  for (const arg of args) {
    if (arg !== "-") {
      take(readTypedId(arg, "job"));
      continue;
    }
    for await (const { number, text } of readLines(runtime.stdin)) {
      take(readTypedId(text, "job", number));
    }
  }
  return shortened.length === 0 ? complete : completed(complete, shortened, runtime);
}

/** A shortened ID, with the number of complete IDs before it. */
interface ShortenedId {
  readonly typed: TypedId;
  readonly behind: number;
}

async function completed(
  complete: IdList,
  shortened: readonly ShortenedId[],
  runtime: Runtime,
): Promise<IdList> {
  const { database } = config(runtime, "database");
  const typed = shortened.map((id) => id.typed);
  const found = await underReadLock(database, (lock) => resolveIds(typed, lock));
  return IdList.of(asGiven(complete, shortened, found));
}

/** All of them in the given order. */
function* asGiven(
  complete: IdList,
  shortened: readonly ShortenedId[],
  found: readonly string[],
): Generator<string> {
  let [passed, next] = [0, 0];
  for (const id of complete) {
    for (; shortened[next]?.behind === passed; next += 1) yield found[next] ?? id;
    yield id;
    passed += 1;
  }
  yield* found.slice(next);
}

/** Shows progress at a terminal. */
export function withJobProgress<T>(
  command: string,
  flags: OutputFlags,
  runtime: Runtime,
  work: (shown: Pick<ShownProgress, "onProgress">) => Promise<T>,
): Promise<T> {
  return withProgress(command, "info", flags, runtime, ({ onProgress }) =>
    work(onProgress === undefined ? {} : { onProgress }),
  );
}

export interface ByIdFlags extends OutputFlags {
  readonly dryRun?: boolean;
}

/**
 * @param note what else to report if any job was changed, or would be
 * @returns 1 if an ID was not found or a row was refused; the exit code of the stop, if there was one
 */
export function finishByIds(
  report: DoneById,
  verb: DoneVerb,
  flags: ByIdFlags,
  runtime: Runtime,
  note: string | null = null,
): ExitCode {
  const { stdout, stderr } = runtime;
  const said = flags.dryRun === true ? `would be ${verb}` : verb;
  const quiet = flags.quiet === true;
  const texts = flags.json === true ? byIdJson(report, verb) : byIdText(report, said, flags);
  for (const text of texts) {
    if (flags.json === true) stdout.write(text);
    else say(stdout, text, 2);
  }
  if (!quiet && flags.json !== true) {
    stderr.write(byIdTotal(report, said));
    if (note !== null && report.done.length > 0) stderr.write(noteText(oneLine(note), stdout));
    if (flags.dryRun !== true) say(stderr, undoText(verb, report));
  }
  const { stopped, skipped, refused } = report;
  const code = printRefused(
    COMMANDS[verb],
    refused,
    skipped.notFound === 0 ? EXIT.ok : EXIT.fault,
    runtime,
  );
  if (stopped === null) return code;
  say(
    stderr,
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
