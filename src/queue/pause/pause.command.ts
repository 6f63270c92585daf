// `queue pause` and `queue resume`: from flags to the pause, one line that describes it, and how to end it.
import { UsageError } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underLock } from "../../lock/under-lock.ts";
import { json } from "../../terminal/json.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import { readAction, type ActionFlags } from "../../command-line/operator-action.ts";
import { readTime } from "../../command-line/read-moment.ts";
import { describePause } from "../../queue-table/pause.sql.ts";
import { pauseQueue, resumeQueue, type PauseEnd } from "./pause.sql.ts";
import { say } from "../../terminal/say.ts";

interface ResumeFlags extends OutputFlags, ActionFlags {
  readonly wait: number;
}

interface PauseFlags extends ResumeFlags {
  readonly for?: number;
  readonly until?: string;
}

/** @throws UsageError without a reason: people who find the queue paused must learn why */
export async function pause(flags: PauseFlags, runtime: Runtime): Promise<ExitCode> {
  const action = readAction(flags);
  if (action.reason === null || action.reason.trim() === "") {
    throw new UsageError("--reason is missing: say why, for people who find the queue paused.");
  }
  const end = readEnd(flags);
  const { database } = config(runtime, "database");
  const set = await underLock(database, "queue pause", flags.wait, (lock) => {
    if (end !== null && "at" in end && end.at <= lock.startedAt) {
      throw new UsageError(`--until is "${flags.until}": it must be a time in the future.`);
    }
    return pauseQueue(lock, end, action);
  });
  if (flags.json === true) runtime.stdout.write(`${json({ paused: true, ...set })}\n`);
  else if (flags.quiet !== true) {
    say(
      runtime.stdout,
      `The queue is ${describePause(set)}. No run starts a job until then; running ones finish their calls in flight. ` +
        "To end it: family-hub-jobs queue resume\n",
    );
  }
  return EXIT.ok;
}

export async function resume(flags: ResumeFlags, runtime: Runtime): Promise<ExitCode> {
  const action = readAction(flags);
  const { database } = config(runtime, "database");
  const ended = await underLock(database, "queue pause", flags.wait, (lock) =>
    resumeQueue(lock, action),
  );
  if (flags.json === true) runtime.stdout.write(`${json({ paused: false, ended })}\n`);
  else if (flags.quiet !== true) {
    say(
      runtime.stdout,
      ended === null
        ? "The queue was not paused; nothing was changed.\n"
        : `The queue is resumed: the next run starts jobs. It was ${describePause(ended)}. ` +
            "To pause it again: family-hub-jobs queue pause --reason TEXT\n",
    );
  }
  return EXIT.ok;
}

function readEnd(flags: PauseFlags): PauseEnd {
  if (flags.for !== undefined && flags.until !== undefined) {
    throw new UsageError("--for and --until both say when the pause ends: give one of them.");
  }
  if (flags.for !== undefined) return { forMs: flags.for };
  return flags.until === undefined ? null : { at: readTime("--until", flags.until) };
}
