// The command tree: its root and its help. No logic; each command is loaded when it runs.
import { Command } from "commander";
import type { Act } from "./program/act.ts";
import { addDoctorCommands } from "./program/doctor-commands.ts";
import { addHistoryCommands } from "./program/history-commands.ts";
import { addKeysCommands } from "./program/keys-commands.ts";
import { addMigrateCommands } from "./program/migrate-commands.ts";
import { addQueueCommands } from "./program/queue-commands.ts";
import { addRetentionCommands } from "./program/retention-commands.ts";
import { addRunCommands } from "./program/run-commands.ts";
import type { Runtime } from "./runtime.ts";

export function createProgram(runtime: Runtime, version: string, act: Act): Command {
  const program = new Command("family-hub-jobs")
    .description("Creates FamilyHub's queued accounts in Zitadel and deletes expired invitations.")
    .version(version, "-V, --version")
    .showHelpAfterError("(--help shows what is right)")
    .configureHelp({ subcommandTerm: (command) => `${path(command)} ${usageOf(command)}`.trim() })
    .addHelpText("after", ROOT_HELP);
  const helpInformation = program.helpInformation.bind(program);
  program.helpInformation = (context) => {
    // Only here: commander's suggestions for a misspelt command read the same list.
    program.configureHelp({ ...program.configureHelp(), visibleCommands: leaves });
    return helpInformation(context);
  };

  addRunCommands(program, runtime, act);
  addQueueCommands(program, runtime, act);
  addRetentionCommands(program, runtime, act);
  addHistoryCommands(program, runtime, act);
  addKeysCommands(program, runtime, act);
  addMigrateCommands(program, runtime, act);
  addDoctorCommands(program, runtime, act);
  return program;
}

/** The commands that do something, in the order in which they were added. */
function leaves(command: Command): Command[] {
  return command.commands.flatMap((child) => {
    const below = leaves(child);
    const acts = below.length === 0 || child.name() === "migrate";
    return acts ? [child, ...below] : below;
  });
}

function path(command: Command): string {
  const parent = command.parent;
  return parent?.parent ? `${parent.name()} ${command.name()}` : command.name();
}

function usageOf(command: Command): string {
  return command.registeredArguments
    .map((argument) => {
      const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
      return argument.required ? `<${name}>` : `[${name}]`;
    })
    .join(" ");
}

const ROOT_HELP = `
Examples:
  family-hub-jobs retry-accounts --max-duration 50s    every minute, from cron
  family-hub-jobs purge-invitations                    daily, as purge-jobs
  family-hub-jobs queue list --status failed           what needs a hand
  family-hub-jobs queue requeue 3f0c6c1e-…             let a failed job go again

Exit codes: 0 done, 1 a fault, 64 usage, 69 Postgres or Zitadel unreachable, 70 a bug,
75 stopped early or locked, 77 refused by Zitadel, 78 configuration, 130/143 interrupted.`;
