// `queue errors`: flags -> use case -> table or data.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle } from "../report/cells.ts";
import { formatErrors } from "../report/error-table.ts";
import type { CauseFormat } from "../report/list-formats.ts";
import { config, underReadLock, type Runtime } from "../runtime.ts";
import { listErrors } from "../use-cases/queue-errors.ts";
import { formatOf, type PageFlags } from "./reading.ts";

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
