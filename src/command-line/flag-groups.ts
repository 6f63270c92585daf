// Flags that several commands share.
import { type Command, Option } from "commander";
import { ERROR_CODES } from "../domain/failure.ts";
import { JOB_STATUSES } from "../domain/job.ts";
import { count, duration, timer } from "./flags.ts";
import { withValues } from "./values.ts";

export function withOutputFlags(command: Command): Command {
  command.addOption(new Option("-o, --output <format>", "how to print").choices(["text", "json"]));
  command.on("option:output", (format: string) => {
    if (format === "json") command.setOptionValue("json", true);
  });
  return withVerbosityFlags(command);
}

export function withVerbosityFlags(command: Command): Command {
  return command
    .option("--json", "print JSON, as -o json")
    .option("-v, --verbose", "say more")
    .option("-q, --quiet", "say only what went wrong");
}

function withLockFlags(command: Command): Command {
  return withOutputFlags(command).addOption(
    timer("--wait <duration>", "wait so long for a held lock").default(0, "0s"),
  );
}

export function withRunFlags(command: Command): Command {
  return withLockFlags(command)
    .option("--fail-if-locked", "exit with 75 when another run holds the lock")
    .addOption(
      duration("--max-lock-age <duration>", "exit with 75 when it has held it longer").default(
        600_000,
        "10m",
      ),
    );
}

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

export function withOperatorFlags(command: Command): Command {
  return withAuditFlags(withLockFlags(command)).option("--yes", "never ask");
}

/** Beside the flags of an operator's verb: which jobs, and how many. */
export function withChoiceFlags(command: Command): Command {
  return withFilterFlags(command)
    .addOption(count("--limit <n>", "of a filter's jobs only the oldest so many", 1, 100_000))
    .addOption(count("--expect <n>", "do nothing unless so many would change", 0, 999_999_999));
}

export function withAuditFlags(command: Command): Command {
  return command
    .option("--reason <text>", "why, for the audit")
    .option("--actor <name>", "who, for the audit (default: user@host)");
}

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
