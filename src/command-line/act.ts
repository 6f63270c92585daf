// Hands the chosen command to main, which runs it after everything was parsed.
import type { ExitCode } from "../exit-codes.ts";

/** Called with what the chosen command will do. */
export type Act = (run: () => Promise<ExitCode>) => void;
