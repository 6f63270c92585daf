// The flags that both purges take.
import type { Command } from "commander";
import { withRunFlags } from "../command-line/flag-groups.ts";
import { count, timer } from "../command-line/flags.ts";

/** Added to the flags of every run. */
export function withPurgeFlags(command: Command): Command {
  return withRunFlags(
    command
      .addOption(
        count("--batch-size <n>", "maximum number of rows in one batch", 1, 100_000).default(5000),
      )
      .addOption(timer("--max-duration <duration>", "start no batch after this time"))
      .option("--actor <name>", "your name for the audit log (default: user@host)")
      .option("--dry-run", "only count the rows that would be purged"),
  );
}
