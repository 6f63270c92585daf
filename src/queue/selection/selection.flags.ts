// The flags that say which jobs are meant: `queue list` and the verbs that act on many take the same.
import { type Command, Option } from "commander";
import { ERROR_CODES } from "../../domain/failure.ts";
import { JOB_STATUSES } from "../../domain/job.ts";
import { count } from "../../command-line/flags.ts";
import { withValues } from "../../command-line/values.ts";

/** Which jobs: `queue list` and the verbs that act on many take the same. */
export function withFilterFlags(command: Command): Command {
  return command
    .optionsGroup("Which jobs:")
    .addOption(
      withValues(
        new Option("--status <status...>", "pending, processing, completed or failed"),
        JOB_STATUSES,
      ),
    )
    .addOption(
      withValues(
        new Option(
          "--error <code...>",
          "last error: a code such as username_taken, or a fingerprint of `queue errors`",
        ),
        ERROR_CODES,
      ),
    )
    .option("--family <id>", "of this family")
    .option("--username <name>", "with this username")
    .option("--created-by <id>", "created by this user")
    .option("--since <time>", "created at or after: 2026-01-31T08:00Z, or 2h ago as 2h")
    .option("--until <time>", "created before")
    .option("--due", "due now")
    .option("--stuck", "processing, though the lease is over")
    .option("--impossible", "no run touches it: an unknown status, or retries beyond 0 to 5")
    .option("--search <text>", "part of username, name or last error")
    .optionsGroup("Options:");
}

/** Beside the flags of an operator's verb: which jobs, and how many. */
export function withChoiceFlags(command: Command): Command {
  return withFilterFlags(command)
    .addOption(count("--limit <n>", "of a filter's jobs only the oldest so many", 1, 100_000))
    .addOption(count("--expect <n>", "do nothing unless so many would change", 0, 999_999_999));
}
