// Flags that several commands share.
import { type Command, Option } from "commander";
import { duration, timer } from "./flags.ts";

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

export function withOperatorFlags(command: Command): Command {
  return withAuditFlags(withLockFlags(command)).option("--yes", "never ask");
}

export function withAuditFlags(command: Command): Command {
  return command
    .option("--reason <text>", "why, for the audit")
    .option("--actor <name>", "who, for the audit (default: user@host)");
}
