// The commands about the schema: names and flags.
import type { Command } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { withExamples } from "../command-line/examples.ts";
import { withAuditFlags, withOutputFlags } from "../command-line/flag-groups.ts";
import { timer } from "../command-line/flags.ts";
import { unknownCommand } from "../command-line/suggestions.ts";

const SETUP = "Setting up:";

export function addMigrate(program: Command, runtime: Runtime, act: Act): void {
  const migrate = program
    .command("migrate")
    .description("bring the schema up to date")
    .addOption(
      timer("--wait <duration>", "how long to wait for runs to end").default(60_000, "60s"),
    );
  withAuditFlags(withOutputFlags(migrate)).allowExcessArguments(true);
  withExamples(migrate.helpGroup(SETUP).commandsGroup(SETUP), [
    ["family-hub-jobs migrate", "as the owner of FamilyHub's tables, before the first run"],
    ["family-hub-jobs migrate status", "what the database has, and what it lacks"],
  ]);
  migrate.action((flags, command: Command) => {
    const [unknown] = command.args;
    // A command that acts by itself takes a misspelt subcommand for an argument.
    if (unknown !== undefined) unknownCommand(command, unknown);
    act(async () => (await import("./migrate.command.ts")).run(flags, runtime));
  });
  const status = migrate
    .command("status")
    .description("list migrations, which of them the database has, and tables that differ")
    .summary("list migrations, and which the database has")
    .option("--check", "exit with 1 while one is pending, with 78 where a table differs");
  withOutputFlags(status).action((_, command: Command) =>
    act(async () =>
      (await import("./migrate.command.ts")).status(command.optsWithGlobals(), runtime),
    ),
  );
  withExamples(status, [
    ["family-hub-jobs migrate status", "what the database has, and what it lacks"],
    ["family-hub-jobs migrate status --check", "in a deployment: 1 while one is pending"],
  ]);
  const rollback = migrate
    .command("rollback")
    .description("take the last migrations back; FamilyHub's own tables and rows stay")
    .summary("take the last migrations back")
    .option("--all", "take every migration back")
    .option("--yes", "never ask, also where the audit would be lost");
  withAuditFlags(withOutputFlags(rollback)).action((_, command: Command) =>
    act(async () =>
      (await import("./migrate.command.ts")).rollback(command.optsWithGlobals(), runtime),
    ),
  );
  withExamples(rollback, [
    ["family-hub-jobs migrate rollback", "take back what the last migrate brought"],
    ["family-hub-jobs migrate rollback --all --yes", "leave FamilyHub's own tables only"],
  ]);
}
