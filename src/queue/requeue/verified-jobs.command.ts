// `queue requeue --verified`: skips the chosen jobs that would fail again according to Zitadel.
import { ExpectedError } from "../../errors.ts";
import { config, type Runtime } from "../../runtime.ts";
import { openIdentity } from "../../zitadel/open-identity.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import { readJobs, verifyInPieces } from "../accounts/accounts.ts";
import { verifyForRequeue } from "../accounts/for-requeue.ts";
import { withJobProgress } from "../selection/job-ids.command.ts";
import { chosenIds, type JobChoice } from "../selection/selection.ts";
import { DOUBT, VerdictTotal } from "../accounts/verdict-total.ts";
import { exitCodeOfStop } from "../../runs/stop-exit-code.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import { noteText } from "../../terminal/reading.ts";

export interface VerifiedJobs {
  /** Exactly the jobs that Zitadel was asked for, whatever a filter matches later. */
  readonly jobs: JobChoice;
  readonly leftOut: ReadonlyMap<string, string>;
  /** What to report about jobs without an answer of Zitadel; null if there are none. */
  readonly unanswered: string | null;
}

/**
 * Holds no lock during the calls. A signal ends it at once, because nothing has been changed.
 * @throws ExpectedError if Zitadel cannot be asked for all of them
 */
export async function verifyChosen(
  choice: JobChoice,
  flags: OutputFlags,
  runtime: Runtime,
): Promise<VerifiedJobs> {
  const { database, zitadel, retry } = config(runtime, "database", "zitadel", "retry");
  const ids = await underReadLock(database, (lock) => chosenIds(choice, lock));
  const total = new VerdictTotal();
  const leftOut = new Map<string, string>();
  await withJobProgress("asking Zitadel", flags, runtime, async (onProgress) => {
    const pieces = verifyInPieces(
      ids,
      {
        ...{ concurrency: retry.concurrency, maxDurationMs: null, ...onProgress },
        interrupted: new AbortController().signal,
        read: (piece) =>
          underReadLock(database, (lock) => readJobs(piece, zitadel.syntheticEmailDomain, lock)),
        openIdentity: (last) => openIdentity(zitadel, last),
      },
      verifyForRequeue,
    );
    for await (const piece of pieces) {
      const { stop } = piece;
      if (stop !== null) {
        throw new ExpectedError(exitCodeOfStop(stop), `Nothing was requeued: ${stop.reason}`);
      }
      total.add(piece);
      for (const [id, reason] of piece.leftOut) leftOut.set(id, reason);
    }
  });
  if (total.doubtful && flags.quiet !== true) runtime.stderr.write(noteText(DOUBT, runtime.stdout));
  return { jobs: { ids }, leftOut, unanswered: total.unansweredText() };
}
