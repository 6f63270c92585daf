// `queue list`: flags -> use case -> table or data.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle } from "../report/cells.ts";
import { formatJobs } from "../report/job-table.ts";
import type { ListFormat } from "../report/list-formats.ts";
import { config, underReadLock, type Runtime } from "../runtime.ts";
import type { SortField } from "../domain/job.ts";
import { countQueue, listQueue } from "../use-cases/queue-list.ts";
import { readFilter, type FilterFlags } from "./filter-flags.ts";
import { formatOf, print, tellPage, wantsCount, type PageFlags } from "./reading.ts";

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
  const { page, matching, now } = await underReadLock(settings.database, async (lock) => {
    const page = await listQueue(options, lock);
    const counting = wantsCount(runtime, flags, page.nextCursor);
    return {
      page,
      matching: counting ? await countQueue(options, lock) : null,
      now: lock.startedAt,
    };
  });

  const style = textStyle(runtime.stdout, runtime.env, now);
  print(runtime, flags, formatJobs(page, formatOf(flags), style));
  const { nextCursor } = page;
  tellPage(runtime, flags, "jobs", { shown: page.jobs.length, nextCursor, matching });
  return EXIT.ok;
}
