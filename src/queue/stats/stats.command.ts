// `queue stats`: from flags to a screen or data.
import { json } from "../../terminal/json.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { textStyle } from "../../terminal/cells.ts";
import { config, type Runtime } from "../../runtime.ts";
import { ALL_DIGITS } from "../../domain/short-id.ts";
import { readShortIdDigits } from "../../queue-table/short-id.sql.ts";
import { shortensIds } from "../../terminal/reading.ts";
import { underReadLock } from "../../lock/under-lock.ts";
import { readStats } from "./stats.ts";
import { textWidth } from "../../terminal/terminal-size.ts";
import { tryKnownKeys } from "../../passwords/known-keys.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import type { WatchFlags } from "../../terminal/watch.ts";

export interface StatsFlags extends OutputFlags, WatchFlags {
  readonly exact?: boolean;
}

export async function run(flags: StatsFlags, runtime: Runtime): Promise<ExitCode> {
  const { database, retry } = config(runtime, "database", "retry");
  const options = { ...retry, hasKey: tryKnownKeys(runtime.env), exact: flags.exact === true };
  const read = () =>
    underReadLock(database, async (lock) => {
      const stats = await readStats(options, lock);
      const runIds = stats.lastRuns.map(({ runId }) => runId);
      const idDigits = shortensIds(runtime, flags)
        ? await readShortIdDigits(lock, "run", runIds)
        : ALL_DIGITS;
      return { stats, idDigits, now: lock.startedAt };
    });
  const { stdout, env } = runtime;
  const draw = flags.json === true ? null : (await import("./stats.text.ts")).formatStats;
  const text = ({ stats, idDigits, now }: Awaited<ReturnType<typeof read>>) =>
    draw === null
      ? `${json(stats)}\n`
      : draw(stats, textWidth(stdout), { ...textStyle(stdout, env, now), idDigits });
  if (flags.watch !== undefined) {
    const form = flags.json === true ? "objects" : "screen";
    const watched = { intervalMs: flags.watch, read, text, form, notes: () => [] } as const;
    const { watch } = await import("../../terminal/watch.ts");
    return watch({ ...watched, at: ({ now }) => now }, runtime);
  }
  stdout.write(text(await read()));
  return EXIT.ok;
}
