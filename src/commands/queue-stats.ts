// `queue stats`: flags -> use case -> a screen or data.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle } from "../report/cells.ts";
import { formatStats } from "../report/stats-text.ts";
import { config, underReadLock, type Runtime } from "../runtime.ts";
import { readStats } from "../use-cases/queue-stats.ts";
import { textWidth } from "../report/width.ts";
import type { OutputFlags } from "./run-flags.ts";

export interface StatsFlags extends OutputFlags {
  readonly exact?: boolean;
}

export async function run(flags: StatsFlags, runtime: Runtime): Promise<ExitCode> {
  const { database, retry } = config(runtime, "database", "retry");
  const options = { ...retry, exact: flags.exact === true };
  const { stats, now } = await underReadLock(database, async (lock) => ({
    stats: await readStats(options, lock),
    now: lock.startedAt,
  }));
  runtime.stdout.write(
    flags.json === true
      ? `${JSON.stringify(stats)}\n`
      : formatStats(stats, textWidth(runtime.stdout), textStyle(runtime.stdout, runtime.env, now)),
  );
  return EXIT.ok;
}
