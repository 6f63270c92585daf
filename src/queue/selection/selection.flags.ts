// The flags that select jobs: the same for `queue list` and the commands that change many jobs.
import { type Command, Option } from "commander";
import { ERROR_CODES } from "../../domain/failure.ts";
import { JOB_STATUSES } from "../../domain/job.ts";
import { count } from "../../command-line/flags.ts";
import { withValues } from "../../command-line/values.ts";

/** Flags that filter jobs, and how they combine. */
export function withFilterFlags(command: Command): Command {
  const purpose = command.description();
  return command
    .summary(command.summary() || purpose)
    .description(
      `${purpose}. A job must match every filter; several values of one filter are alternatives`,
    )
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
          "last error: a code such as username_taken, or a fingerprint from `queue errors`",
        ),
        ERROR_CODES,
      ),
    )
    .option("--family <id>", "in this family")
    .option("--username <name>", "with this username")
    .option("--created-by <id>", "created by this user")
    .option(
      "--since <time>",
      "created at or after this time: 2026-01-31T08:00Z, 2026-01-31T19:00+11:00, or 2h for two hours ago",
    )
    .option("--until <time>", "created before this time")
    .option("--due", "due now")
    .option("--stuck", "processing, but the lease has expired")
    .option("--impossible", "jobs that runs skip: unknown status, or a retry count outside 0 to 5")
    .option("--key <id>", "not completed, with a password that needs this key")
    .option("--search <text>", "text in the username, name or last error")
    .optionsGroup("Options:");
}

/** Adds to the flags of an operator's action: which jobs, and how many. */
export function withChoiceFlags(command: Command): Command {
  return withFilterFlags(command)
    .addOption(count("--limit <n>", "with a filter: only the oldest n jobs", 1, 100_000))
    .addOption(
      count("--expect <n>", "do nothing unless exactly n jobs would change", 0, 999_999_999),
    );
}
