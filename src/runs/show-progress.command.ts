// Decides whether a long run shows its progress: only on a terminal.
import type { LogConfig } from "../config/config.ts";
import { createProgressLine, type ProgressLine } from "../terminal/progress-line.ts";
import type { OutputStream } from "../terminal/output.ts";
import type { Runtime } from "../runtime.ts";
import type { OnProgress } from "../terminal/progress-count.ts";
import type { OutputFlags } from "../terminal/output-flags.ts";

export interface ShownProgress {
  /** Absent where nobody looks: then nothing need be counted. */
  readonly onProgress?: OnProgress;
  /** Where to log meanwhile. */
  readonly stderr: OutputStream;
}

/** A log that says each step leaves nothing to tell. */
export async function withProgress<T>(
  command: string,
  level: LogConfig["level"],
  flags: OutputFlags,
  { stderr, env }: Runtime,
  work: (shown: ShownProgress) => Promise<T>,
): Promise<T> {
  const quiet = flags.quiet === true || flags.json === true || level === "debug";
  if (quiet || stderr.isTTY !== true || env["TERM"] === "dumb") return work({ stderr });
  const line: ProgressLine = createProgressLine(command, stderr, () => performance.now());
  try {
    return await work({ onProgress: (progress) => line.show(progress), stderr: line.beside });
  } finally {
    line.end();
  }
}
