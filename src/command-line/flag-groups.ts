// Flags that several commands share.
import { type Command, Option } from "commander";
import { duration, timer } from "./flags.ts";

export function withOutputFlags(command: Command): Command {
  command.addOption(new Option("-o, --output <format>", "output format").choices(["text", "json"]));
  command.on("option:output", (format: string) => {
    if (format === "json") command.setOptionValue("json", true);
  });
  return withVerbosityFlags(command);
}

export function withVerbosityFlags(command: Command): Command {
  return command
    .option("--json", "same as -o json")
    .option("-v, --verbose", "print more detail")
    .option("-q, --quiet", "print only warnings and errors");
}

function withLockFlags(command: Command, holder: string): Command {
  return withOutputFlags(command).addOption(
    timer("--wait <duration>", `how long to wait while ${holder} holds the lock`).default(0, "0s"),
  );
}

export function withRunFlags(command: Command): Command {
  return withLockFlags(command, "another run")
    .option("--fail-if-locked", "exit with 75 if another run holds the lock")
    .addOption(
      duration(
        "--max-lock-age <duration>",
        "exit with 75 if another run has held the lock for longer",
      ).default(600_000, "10m"),
    );
}

interface OperatorTexts {
  /** Which commands hold the same lock. */
  readonly holder: string;
  /** Otherwise --yes is accepted, but not shown. */
  readonly asks: boolean;
  readonly reason?: string;
}

export function withOperatorFlags(
  command: Command,
  { holder, asks, reason }: OperatorTexts,
): Command {
  return withAuditFlags(withLockFlags(command, holder), reason).addOption(
    new Option("--yes", "do not ask for confirmation").hideHelp(!asks),
  );
}

export function withAuditFlags(command: Command, reason = "reason for the audit log"): Command {
  return command
    .option("--reason <text>", reason)
    .option("--actor <name>", "your name for the audit log (default: user@host)");
}
