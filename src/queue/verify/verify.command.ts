// `queue verify`: from IDs or a filter to a verdict for each job, as a table or data.
import { DOUBT, VerdictTotal } from "../accounts/verdict-total.ts";
import { IdList } from "../../domain/id-list.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { textStyle } from "../../terminal/cells.ts";
import type { CauseFormat } from "../../terminal/list-formats.ts";
import { describeNotAsked } from "./not-asked.ts";
import { writeVerdicts } from "./verify.text.ts";
import { config, type Runtime } from "../../runtime.ts";
import { openIdentity } from "../../zitadel/open-identity.ts";
import { ALL_DIGITS } from "../../domain/short-id.ts";
import { readShortIdDigits } from "../../queue-table/short-id.sql.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { readJobs, verifyInPieces, verifyJobs } from "../accounts/accounts.ts";
import { chosenIds } from "../selection/selection.ts";
import { readChoice } from "../selection/chosen-jobs.command.ts";
import type { FilterFlags } from "../selection/filter.command.ts";
import {
  formatOf,
  noteText,
  printPageNotes,
  shortensIds,
  type PageFlags,
} from "../../terminal/reading.ts";
import { withProgress } from "../../runs/show-progress.command.ts";
import { exitCodeOfStop } from "../../runs/stop-exit-code.ts";
import { say } from "../../terminal/say.ts";

export interface VerifyFlags extends PageFlags<CauseFormat>, FilterFlags {
  readonly limit?: number;
  readonly maxDuration?: number;
}

/** The limit for a filter: at the usual rate, a minute of calls. */
const MOST_JOBS = 1000;

/** Exit code 1 if an ID was not found, 69 if Zitadel did not answer for all. */
export async function run(
  args: readonly string[],
  flags: VerifyFlags,
  runtime: Runtime,
): Promise<ExitCode> {
  const verb = { name: "verify", statuses: ["failed"] } as const;
  const choice = await readChoice(args, flags, verb, runtime);
  const { database, zitadel, retry } = config(runtime, "database", "zitadel", "retry");
  const most = "ids" in choice ? choice.ids.length : (choice.limit ?? MOST_JOBS);
  const underLock = <T>(read: (lock: HeldLock) => Promise<T>) => underReadLock(database, read);
  const found = await underLock((lock) => chosenIds({ ...choice, limit: most + 1 }, lock));
  const notAsked =
    flags.quiet === true ? null : await underLock((lock) => describeNotAsked(choice, lock));
  const [ids = []] = most === 0 ? [] : found.pieces(most);
  const plain = textStyle(runtime.stdout, runtime.env, new Date());
  const total = new VerdictTotal();
  const verdicts = writeVerdicts(formatOf(flags));
  await withProgress("queue verify", "info", flags, runtime, async ({ aside, onProgress }) => {
    const pieces = verifyInPieces(
      "ids" in choice ? found : IdList.of(ids),
      {
        ...{ concurrency: retry.concurrency, maxDurationMs: flags.maxDuration ?? null },
        interrupted: runtime.onInterrupt(),
        read: (piece) => underLock((lock) => readJobs(piece, zitadel.syntheticEmailDomain, lock)),
        openIdentity: (last) => openIdentity(zitadel, last),
        ...(onProgress && { onProgress }),
      },
      verifyJobs,
    );
    for await (const piece of pieces) {
      total.add(piece);
      const pieceIds = piece.jobs.map(({ id }) => id);
      const idDigits = shortensIds(runtime, flags)
        ? await underLock((lock) => readShortIdDigits(lock, "job", pieceIds))
        : ALL_DIGITS;
      const text = await verdicts.piece(piece.jobs, { ...plain, idDigits });
      aside(() => runtime.stdout.write(text));
    }
  });
  runtime.stdout.write(verdicts.end());
  const page = { shown: total.jobs, nextCursor: null, matching: null };
  printPageNotes(runtime, flags, "jobs", page);
  if (found.length > most && flags.quiet !== true) {
    const more = `More jobs match: these are the oldest ${most}. Use --limit for more.`;
    runtime.stderr.write(noteText(more, runtime.stdout));
  }
  if (notAsked !== null) runtime.stderr.write(noteText(notAsked, runtime.stdout));
  if (total.doubtful && flags.quiet !== true) runtime.stderr.write(noteText(DOUBT, runtime.stdout));
  return finish(total, runtime);
}

function finish(total: VerdictTotal, { stderr }: Runtime): ExitCode {
  const { stop } = total;
  if (stop !== null) {
    say(stderr, `family-hub-jobs: queue verify ${stop.outcome}: ${stop.reason}\n`);
    return exitCodeOfStop(stop);
  }
  const unanswered = total.unansweredText();
  if (unanswered !== null) {
    say(stderr, unanswered);
    return EXIT.unavailable;
  }
  return total.notFound > 0 ? EXIT.fault : EXIT.ok;
}
