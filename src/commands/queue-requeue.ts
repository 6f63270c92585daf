// `queue requeue`: ids -> use case -> a line for each id.
import { isUuid } from "../domain/job.ts";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { config, underLock, type Runtime } from "../runtime.ts";
import { requeueJobs, type RequeueReport } from "../use-cases/queue-requeue.ts";
import { readLines } from "./read-stdin.ts";
import { readAction, type ActionFlags } from "./operator-action.ts";
import type { OutputFlags } from "./run-flags.ts";

export interface RequeueFlags extends OutputFlags, ActionFlags {
  readonly keepRetries?: boolean;
  readonly dryRun?: boolean;
  readonly wait: number;
}

/** Exit code 1 when an id was not found. */
export async function run(
  args: readonly string[],
  flags: RequeueFlags,
  runtime: Runtime,
): Promise<ExitCode> {
  const ids = await readIds(args, runtime);
  const { database } = config(runtime, "database");
  const options = {
    ids,
    keepRetries: flags.keepRetries === true,
    dryRun: flags.dryRun === true,
    action: readAction(flags),
  };
  const report = await underLock(database, "queue requeue", flags.wait, (lock) =>
    requeueJobs(options, lock),
  );
  runtime.stdout.write(flags.json === true ? json(report) : text(report, flags));
  return report.skipped.every((skip) => skip.found) ? EXIT.ok : EXIT.fault;
}

async function readIds(args: readonly string[], runtime: Runtime): Promise<string[]> {
  const ids: string[] = [];
  for (const arg of args) ids.push(...(arg === "-" ? await readLines(runtime.stdin) : [arg]));
  // An empty pipe asked for nothing, which is done.
  if (args.length === 0) {
    throw new UsageError(
      "Name the jobs to requeue: `queue requeue ID…`, or `-` to read ids from stdin.",
    );
  }
  for (const id of ids) {
    if (!isUuid(id))
      throw new UsageError(`"${id}" is no job id: it must be a UUID, as \`queue list\` shows.`);
  }
  return ids;
}

function json({ requeued, skipped }: RequeueReport): string {
  const plain = skipped.map(({ id, reason }) => ({ id, reason }));
  return `${JSON.stringify({ requeued, skipped: plain })}\n`;
}

function text({ requeued, skipped }: RequeueReport, flags: RequeueFlags): string {
  const verb = flags.dryRun === true ? "would be requeued" : "requeued";
  const lines = [
    ...(flags.quiet === true ? [] : requeued.map((id) => `${id} ${verb}`)),
    ...skipped.map(({ id, reason }) => `${id} skipped: ${reason}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
