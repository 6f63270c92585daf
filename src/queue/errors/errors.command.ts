// `queue errors`: from flags to a table or data.
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { textStyle } from "../../terminal/cells.ts";
import { formatErrors } from "./errors.text.ts";
import type { CauseFormat } from "../../terminal/list-formats.ts";
import { config, type Runtime } from "../../runtime.ts";
import { ALL_DIGITS } from "../../domain/short-id.ts";
import { readShortIdDigits } from "../../queue-table/short-id.sql.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import { listErrors } from "./errors.ts";
import { formatOf, shortensIds, type PageFlags } from "../../terminal/reading.ts";

export async function run(flags: PageFlags<CauseFormat>, runtime: Runtime): Promise<ExitCode> {
  const { database } = config(runtime, "database");
  const { errors, idDigits, now } = await underReadLock(database, async (lock) => {
    const errors = await listErrors(lock);
    const samples = errors.map(({ sampleJobId }) => sampleJobId);
    const idDigits = shortensIds(runtime, flags)
      ? await readShortIdDigits(lock, "job", samples)
      : ALL_DIGITS;
    return { errors, idDigits, now: lock.startedAt };
  });
  const format = formatOf(flags);
  const style = { ...textStyle(runtime.stdout, runtime.env, now), idDigits };
  runtime.stdout.write(await formatErrors(errors, format, style));
  if (format === "table" && errors.length === 0 && runtime.stdout.isTTY === true) {
    runtime.stderr.write("No job failed, and none waits for a retry.\n");
  }
  return EXIT.ok;
}
