// The surroundings of a command: its streams, its environment, and a signal to stop.
import { readConfig, type Sections } from "./config/config.ts";
import type { Environment } from "./config/settings-reader.ts";
import type { Output } from "./terminal/output.ts";

export interface Runtime {
  /** The arguments, without the program's name. */
  readonly typed: readonly string[];
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
  /**
   * For commands that finish their calls in flight: aborted by SIGTERM or SIGINT, with its name as the
   * reason. Without this call, the signal ends the process.
   */
  onInterrupt(): AbortSignal;
}

export function config<S extends keyof Sections>(
  runtime: Runtime,
  ...sections: S[]
): Pick<Sections, S> {
  return readConfig(runtime.env, ...sections);
}

/** Lines of log and output that could not be written so far. */
export function linesLost({ stdout, stderr }: Runtime): number {
  return stdout.lost.lines + stderr.lost.lines;
}
