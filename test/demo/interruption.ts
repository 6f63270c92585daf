// Turns whatever ends the demo early (a signal, a reader or a parent that went away) into one promise.

export interface Ending {
  readonly signal: string;
  /** As a shell shows it. */
  readonly exitCode: number;
}

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const LOOK_AFTER_MS = 250;

/** From here on no signal ends the process by itself; the second one changes nothing. */
export function listenForEnd(): { promise: Promise<Ending>; reached(): Ending | null } {
  let reached: Ending | null = null;
  const promise = new Promise<Ending>((resolve) => {
    const end = (signal: string, exitCode: number) => {
      reached ??= { signal, exitCode };
      resolve(reached);
    };
    for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
      process.on(signal, () => end(signal, exitCode));
    }
    // `| head`, or a terminal that was closed.
    process.stdout.on("error", () => end("SIGPIPE", 141));
    process.stderr.on("error", () => undefined);
    // npm's shell may die of a signal that it does not hand on.
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) end("SIGHUP", EXIT_CODES.SIGHUP);
    }, LOOK_AFTER_MS).unref();
  });
  return { promise, reached: () => reached };
}
