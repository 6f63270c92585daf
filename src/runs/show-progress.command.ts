// Decides whether a long run shows its progress: only on a terminal.
import type { LogConfig } from "../config/config.ts";
import { createProgressLine, type ProgressLine } from "../terminal/progress-line.ts";
import type { OutputStream } from "../terminal/output.ts";
import type { Runtime } from "../runtime.ts";
import type { OnProgress } from "../terminal/progress-count.ts";
import type { OutputFlags } from "../terminal/output-flags.ts";

export interface ShownProgress {
  /** Absent if nobody watches: then nothing has to be counted. */
  readonly onProgress?: OnProgress;
  /** Where to log in the meantime. */
  readonly stderr: OutputStream;
  /** How to print to stdout in the meantime. */
  readonly aside: (print: () => void) => void;
}

/** If the log has each step, there is no progress line. */
export async function withProgress<T>(
  command: string,
  level: LogConfig["level"],
  flags: OutputFlags,
  { stderr, env }: Runtime,
  work: (shown: ShownProgress) => Promise<T>,
): Promise<T> {
  const quiet = flags.quiet === true || flags.json === true || level === "debug";
  if (quiet || stderr.isTTY !== true || env["TERM"] === "dumb")
    return work({ stderr, aside: (print) => print() });
  const line: ProgressLine = createProgressLine(command, stderr, () => performance.now());
  try {
    const onProgress: OnProgress = (progress) => line.show(progress);
    return await work({ onProgress, stderr: line.output, aside: (print) => line.aside(print) });
  } finally {
    line.end();
  }
}
