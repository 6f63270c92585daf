// `queue erase`: from a username, after a question, to a line for each job.
import { normalizeUsername } from "../../domain/job.ts";
import { UsageError } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underLockInPieces } from "../../lock/under-lock.ts";
import { eraseFromQueue, type EraseReport } from "./erase.ts";
import { anyRefused } from "../selection/by-id.text.ts";
import { json } from "../../terminal/json.ts";
import { checkAnswerable, confirm } from "../../terminal/confirm.ts";
import { readAction, type ActionFlags } from "../../command-line/operator-action.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import { printRefused } from "../../runs/print-refused.command.ts";
import { say } from "../../terminal/say.ts";

export interface EraseFlags extends OutputFlags, ActionFlags {
  readonly username: string;
  readonly family?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait: number;
}

/** Exit code 1 if nothing was found, a run holds a job, or the answer was no. */
export async function run(flags: EraseFlags, runtime: Runtime): Promise<ExitCode> {
  const username = normalizeUsername(flags.username);
  if (username === "") throw new UsageError("--username is empty: it must name the person.");
  const action = readAction(flags);
  if (flags.dryRun !== true) checkAnswerable("Erasing cannot be undone", flags.yes, runtime);
  const { database } = config(runtime, "database");
  const erase = (dryRun: boolean) =>
    underLockInPieces(database, "queue erase", flags.wait, (lock, db) =>
      eraseFromQueue(
        { person: { username, familyId: flags.family ?? null }, dryRun, action },
        lock,
        db,
      ),
    );

  if (flags.dryRun === true) return finish(await erase(true), username, flags, runtime);
  if (flags.yes !== true) {
    // No lock is held while the operator decides.
    const { erased } = await erase(true);
    if (erased.length > 0 && !(await confirm(question(erased.length, username), runtime))) {
      runtime.stderr.write("Nothing was erased.\n");
      return EXIT.fault;
    }
  }
  return finish(await erase(false), username, flags, runtime);
}

function question(count: number, username: string): string {
  const jobs = count === 1 ? "1 job" : `${count} jobs`;
  return `Permanently erase ${jobs} of ${JSON.stringify(username)}?`;
}

function finish(
  report: EraseReport,
  username: string,
  flags: EraseFlags,
  runtime: Runtime,
): ExitCode {
  const { stdout, stderr } = runtime;
  const { erased, skipped, refusedCount } = report;
  if (flags.json === true) {
    stdout.write(`${json({ erased, skipped, ...anyRefused(report) })}\n`);
  } else say(stdout, text(report, flags), 2);
  if (erased.length + skipped.length + refusedCount === 0) {
    say(
      stderr,
      `family-hub-jobs: no job has the username ${JSON.stringify(username)}. FamilyHub may still ` +
        "have a user of that name: docs/privacy.md says how to erase the rest.\n",
    );
    return EXIT.fault;
  }
  if (erased.length > 0 && flags.json !== true && flags.quiet !== true) say(stderr, NOT_ERASED);
  const code = skipped.length === 0 ? EXIT.ok : EXIT.fault;
  return printRefused("queue erase", report, code, runtime);
}

const NOT_ERASED =
  "This cannot be undone. This tool cannot erase the account in Zitadel (its user ID is the job's ID), " +
  "the row in auth.users, or the events in auth.outbox_events: docs/privacy.md says how to.\n";

function text({ erased, skipped }: EraseReport, flags: EraseFlags): string {
  const verb = flags.dryRun === true ? "would be erased" : "erased";
  const lines = [
    ...(flags.quiet === true ? [] : erased.map((id) => `job/${id} ${verb}`)),
    ...skipped.map(({ id, reason }) => `job/${id} skipped: ${reason}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
