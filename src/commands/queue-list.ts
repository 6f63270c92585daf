// `queue list`: flags -> use case -> table or data.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle } from "../report/cells.ts";
import { formatJobs } from "../report/job-table.ts";
import type { ListFormat } from "../report/list-formats.ts";
import { config, underReadLock, type Runtime } from "../runtime.ts";
import type { SortField } from "../domain/job.ts";
import { listQueue } from "../use-cases/queue-list.ts";
import { readFilter, type FilterFlags } from "./filter-flags.ts";
import { formatOf, print, tellPage, type PageFlags } from "./reading.ts";

export interface ListFlags extends PageFlags<ListFormat>, FilterFlags {
  readonly limit: number;
  readonly cursor?: string;
  readonly sort: { readonly field: SortField; readonly descending: boolean };
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

  const style = textStyle(runtime.stdout, runtime.env, new Date());
  print(runtime, flags, formatJobs(page, formatOf(flags), style));
  const { nextCursor } = page;
  tellPage(runtime, flags, "jobs", { empty: page.jobs.length === 0, nextCursor });
  return EXIT.ok;
}
