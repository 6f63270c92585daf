// The flags that both purges take.
import type { Command } from "commander";
import { withRunFlags } from "../command-line/flag-groups.ts";
import { count, timer } from "../command-line/flags.ts";

/** Beside the flags of every run. */
export function withPurgeFlags(command: Command): Command {
  return withRunFlags(
    command
      .addOption(count("--batch-size <n>", "most rows purged at once", 1, 100_000).default(5000))
      .addOption(timer("--max-duration <duration>", "begin no batch after so long"))
      .option("--actor <name>", "who, for the audit (default: user@host)")
      .option("--dry-run", "count what would be purged and change nothing"),
  );
}
