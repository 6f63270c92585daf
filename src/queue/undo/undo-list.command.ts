// `queue undo --list`: the last requeues, each with what an undo would still change.
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { ALL_DIGITS } from "../../domain/short-id.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import { readShortIdDigits } from "../../queue-table/short-id.sql.ts";
import { config, type Runtime } from "../../runtime.ts";
import { textStyle } from "../../terminal/cells.ts";
import { json } from "../../terminal/json.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import { noteText, shortensIds } from "../../terminal/reading.ts";
import { listRequeues } from "../selection/requeues.sql.ts";

const MOST = 20;

export async function run(flags: OutputFlags, runtime: Runtime): Promise<ExitCode> {
  const { database } = config(runtime, "database");
  const { stdout, stderr, env } = runtime;
  const { requeues, idDigits, now } = await underReadLock(database, async (lock) => {
    const asked = { newestLines: 250_000, withinMs: null, leastJobs: 1, limit: MOST };
    const requeues = await listRequeues(lock, asked);
    const ids = requeues.map(({ actionId }) => actionId);
    const idDigits = shortensIds(runtime, flags)
      ? await readShortIdDigits(lock, "action", ids)
      : ALL_DIGITS;
    return { requeues, idDigits, now: lock.startedAt };
  });
  if (flags.json === true) {
    stdout.write(`${json({ undone: [], skipped: [], requeues })}\n`);
    return EXIT.ok;
  }
  const { formatRequeues } = await import("./undo-list.text.ts");
  stdout.write(formatRequeues(requeues, { ...textStyle(stdout, env, now), idDigits }));
  if (flags.quiet === true || stdout.isTTY !== true) return EXIT.ok;
  const note =
    requeues.length === 0
      ? "Nobody has requeued a job."
      : "To see what an undo would change: `fhj queue undo ACTION --dry-run`";
  stderr.write(noteText(note, stdout));
  return EXIT.ok;
}
