// Passes the chosen command to main, which runs it after everything was parsed.
import type { ExitCode } from "../exit-codes.ts";

/** Called with the function that runs the command. */
export type Act = (run: () => Promise<ExitCode>) => void;
