// `queue list`: flags -> use case -> table or data.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatJobs } from "../report/job-table.ts";
import type { ListFormat } from "../report/list-formats.ts";
import { config, underLock, type Runtime } from "../runtime.ts";
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

/** A migration holds readers up for so long at the most. */
const MIGRATION_WAIT_MS = 30_000;

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
  const page = await underLock(settings.database, "read", MIGRATION_WAIT_MS, (lock) =>
    listQueue(options, lock),
  );

  const { stdout, stderr, env } = runtime;
  const terminal = stdout.isTTY === true;
  const format = flags.json === true ? "json" : (flags.output ?? "table");
  const color = terminal && (env["NO_COLOR"] ?? "") === "";
  stdout.write(formatJobs(page, format, { terminal, color, now: new Date() }));
  const forPeople = format === "table" || format === "wide";
  if (forPeople && terminal && page.jobs.length === 0) stderr.write("No jobs match.\n");
  if (forPeople && page.nextCursor !== null && flags.quiet !== true) {
    stderr.write(`More jobs follow: --cursor ${page.nextCursor}\n`);
  }
  return EXIT.ok;
}
