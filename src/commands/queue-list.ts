// `queue list`: flags -> use case -> table or data.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle } from "../report/cells.ts";
import { formatJobs } from "../report/job-table.ts";
import type { ListFormat } from "../report/list-formats.ts";
import { config, underReadLock, type Runtime } from "../runtime.ts";
import type { SortField } from "../domain/job.ts";
import { listQueue } from "../use-cases/queue-list.ts";
import { readFilter, type FilterFlags } from "./filter-flags.ts";
import type { OutputFlags } from "./run-flags.ts";

export interface ListFlags extends OutputFlags, FilterFlags {
  readonly limit: number;
  readonly cursor?: string;
  readonly sort: { readonly field: SortField; readonly descending: boolean };
  readonly output?: ListFormat;
}

export async function run(flags: ListFlags, runtime: Runtime): Promise<ExitCode> {
  const filter = readFilter(flags);
  const settings = config(runtime, "database", "retry");
  const options = {
    filter,
    sort: flags.sort,
    limit: flags.limit,
    cursor: flags.cursor ?? null,
    leaseMs: settings.retry.leaseMs,
  };
  const page = await underReadLock(settings.database, (lock) => listQueue(options, lock));

  const { stdout, stderr, env } = runtime;
  const style = textStyle(stdout, env, new Date());
  const format = flags.json === true ? "json" : (flags.output ?? "table");
  stdout.write(formatJobs(page, format, style));
  const forPeople = format === "table" || format === "wide";
  if (forPeople && style.terminal && page.jobs.length === 0) stderr.write("No jobs match.\n");
  if (format !== "json" && page.nextCursor !== null && flags.quiet !== true) {
    stderr.write(`More jobs follow: --cursor ${page.nextCursor}\n`);
  }
  return EXIT.ok;
}
