// `queue errors`: flags -> use case -> table or data.
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { textStyle } from "../../terminal/cells.ts";
import { formatErrors } from "./errors.text.ts";
import type { CauseFormat } from "../../terminal/list-formats.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import { listErrors } from "./errors.ts";
import { formatOf, type PageFlags } from "../../terminal/reading.ts";

export async function run(flags: PageFlags<CauseFormat>, runtime: Runtime): Promise<ExitCode> {
  const { database } = config(runtime, "database");
  const { errors, now } = await underReadLock(database, async (lock) => ({
    errors: await listErrors(lock),
    now: lock.startedAt,
  }));
  const format = formatOf(flags);
  runtime.stdout.write(formatErrors(errors, format, textStyle(runtime.stdout, runtime.env, now)));
  if (format === "table" && errors.length === 0 && runtime.stdout.isTTY === true) {
    runtime.stderr.write("No job failed, and none waits for a retry.\n");
  }
  return EXIT.ok;
}
