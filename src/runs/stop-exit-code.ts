// The exit code of a run that stopped before its end.
import type { RunStop } from "../domain/outcome.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";

export function exitCodeOfStop({ outcome, reason }: RunStop): ExitCode {
  switch (outcome) {
    case "paused":
      return EXIT.ok;
    case "stopped":
      return EXIT.tempfail;
    case "unavailable":
      return EXIT.unavailable;
    case "refused":
      return EXIT.refused;
    case "interrupted":
      return reason === "SIGINT" ? EXIT.sigint : EXIT.sigterm;
    default:
      return outcome satisfies never;
  }
}
