// `runs`: from flags to a table or data.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle } from "../terminal/cells.ts";
import type { PlainFormat } from "../terminal/list-formats.ts";
import { formatRuns } from "./runs.text.ts";
import { config, type Runtime } from "../runtime.ts";
import { ALL_DIGITS } from "../domain/short-id.ts";
import { readShortIdDigits } from "../queue-table/short-id.sql.ts";
import { underReadLock } from "../lock/under-lock.ts";
import { LOCK_KEYS, type LockName } from "../postgres/lock-keys.ts";
import { RUN_OUTCOMES } from "./runs.sql.ts";
import { countLedger, listLedger } from "./runs.ts";
import { readMoment } from "../command-line/read-moment.ts";
import { readChoices } from "../command-line/read-choices.ts";
import {
  formatOf,
  print,
  shortensIds,
  printPageNotes,
  needsCount,
  type PageFlags,
} from "../terminal/reading.ts";

export interface RunsFlags extends PageFlags<PlainFormat> {
  readonly command?: string[];
  readonly outcome?: string[];
  readonly since?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** Every command that takes a lock of its own may be in the ledger. */
export const RECORDED_COMMANDS = (Object.keys(LOCK_KEYS) as LockName[]).filter(
  (name) => name !== "read" && name !== "schema",
);

export async function run(flags: RunsFlags, runtime: Runtime): Promise<ExitCode> {
  const options = {
    commands: (flags.command ?? []).flatMap((text) =>
      readChoices("--command", text, RECORDED_COMMANDS),
    ),
    outcomes: (flags.outcome ?? []).flatMap((text) => readChoices("--outcome", text, RUN_OUTCOMES)),
    since: readMoment("--since", flags.since),
    dryRuns: "with" as const,
    limit: flags.limit,
    cursor: flags.cursor ?? null,
  };
  const { database } = config(runtime, "database");
  const { page, matching, idDigits, now } = await underReadLock(database, async (lock) => {
    const page = await listLedger(options, lock);
    const counting = needsCount(runtime, flags, page.nextCursor);
    const ids = page.runs.map(({ runId }) => runId);
    return {
      page,
      matching: counting ? await countLedger(options, lock) : null,
      idDigits: shortensIds(runtime, flags)
        ? await readShortIdDigits(lock, "run", ids)
        : ALL_DIGITS,
      now: lock.startedAt,
    };
  });

  const style = { ...textStyle(runtime.stdout, runtime.env, now), idDigits };
  print(runtime, flags, await formatRuns(page, formatOf(flags), flags.verbose === true, style));
  const { nextCursor } = page;
  printPageNotes(runtime, flags, "runs", { shown: page.runs.length, nextCursor, matching });
  return EXIT.ok;
}
