// `queue list`: from flags to a table or data.
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { textStyle } from "../../terminal/cells.ts";
import { jobsText } from "./list.text.ts";
import type { ListFormat } from "../../terminal/list-formats.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import { ALL_DIGITS } from "../../domain/short-id.ts";
import { readShortIdDigits } from "../../queue-table/short-id.sql.ts";
import type { SortField } from "../../domain/job.ts";
import { fixFor } from "../../queue-table/impossible-rows.sql.ts";
import type { MatchCount } from "../../domain/match-count.ts";
import { countQueue, listQueue, type JobPage } from "./list.ts";
import { withSlowSearchNote } from "./slow-search.command.ts";
import { readFilter, type FilterFlags } from "../selection/filter.command.ts";
import {
  formatOf,
  isForPeople,
  notesOf,
  print,
  shortensIds,
  printPageNotes,
  needsCount,
  type FoundPage,
  type PageFlags,
} from "../../terminal/reading.ts";
import type { WatchFlags, Watched } from "../../terminal/watch.ts";
import { say } from "../../terminal/say.ts";

export interface ListFlags extends PageFlags<ListFormat>, FilterFlags, WatchFlags {
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
  const read = () =>
    underReadLock(settings.database, async (lock) => {
      const page = await listQueue(options, lock);
      const counting = needsCount(runtime, flags, page.nextCursor);
      const matching = counting ? await countQueue(options, lock) : null;
      const ids = page.jobs.map(({ id }) => id);
      const idDigits = shortensIds(runtime, flags)
        ? await readShortIdDigits(lock, "job", ids)
        : ALL_DIGITS;
      return { page, matching, idDigits, now: lock.startedAt };
    });
  const format = formatOf(flags);
  const text = await jobsText(format);
  const draw = ({ page, idDigits, now }: Listed) =>
    text(page, filter.search, {
      ...textStyle(runtime.stdout, runtime.env, now),
      idDigits,
    });
  if (flags.watch !== undefined) {
    const watched: Watched<Listed> = {
      ...{ intervalMs: flags.watch, read, form: watchForm(format), at: ({ now }) => now },
      text: (listed) => draw(listed).text,
      notes: (listed) => notesOf("jobs", foundOn(listed), draw(listed).leftOut),
    };
    return (await import("../../terminal/watch.ts")).watch(watched, runtime);
  }
  const listed = await withSlowSearchNote(filter.search, flags, runtime, read);
  print(runtime, flags, draw(listed));
  printPageNotes(runtime, flags, "jobs", foundOn(listed));
  if (flags.impossible === true) printFixes(listed.page, flags, runtime);
  return EXIT.ok;
}

/** For people who read the page; the statements can be pasted into psql. */
function printFixes({ jobs }: JobPage, flags: ListFlags, { stderr }: Runtime): void {
  if (jobs.length === 0 || flags.quiet === true || !isForPeople(formatOf(flags))) return;
  const statements = jobs.map((job) => `${fixFor(job)};\n`);
  say(stderr, "To fix these rows, check each one, then run as the owner of the table:\n");
  stderr.write(statements.join(""));
}

interface Listed {
  readonly page: JobPage;
  readonly matching: MatchCount | null;
  readonly idDigits: number;
  /** The database's time. */
  readonly now: Date;
}

function foundOn({ page, matching }: Listed): FoundPage {
  return { shown: page.jobs.length, nextCursor: page.nextCursor, matching };
}

function watchForm(format: ListFormat): Watched<Listed>["form"] {
  if (isForPeople(format)) return "screen";
  return format === "json" || format === "jsonl" ? "objects" : "text";
}
