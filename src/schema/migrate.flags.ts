// The `migrate` commands: names and flags.
import type { Command } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { withExamples } from "../command-line/examples.ts";
import { withAuditFlags, withOutputFlags } from "../command-line/flag-groups.ts";
import { timer } from "../command-line/flags.ts";
import { unknownCommand } from "../command-line/suggestions.ts";

const SETUP = "Set up:";

export function addMigrate(program: Command, runtime: Runtime, act: Act): void {
  const migrate = program
    .command("migrate")
    .description("apply pending migrations")
    .addOption(
      timer("--wait <duration>", "how long to wait for runs to end").default(60_000, "60s"),
    );
  withAuditFlags(withOutputFlags(migrate)).allowExcessArguments(true);
  withExamples(migrate.helpGroup(SETUP).commandsGroup(SETUP), [
    ["family-hub-jobs migrate", "as the owner of FamilyHub's tables, before the first run"],
    ["family-hub-jobs migrate status", "which migrations are applied, and which are pending"],
  ]);
  migrate.action((flags, command: Command) => {
    const [unknown] = command.args;
    // Because the command has an action of its own, a misspelled subcommand would count as an argument.
    if (unknown !== undefined) unknownCommand(command, unknown);
    act(async () => (await import("./migrate.command.ts")).run(flags, runtime));
  });
  const status = migrate
    .command("status")
    .description("list applied and pending migrations, and tables that differ")
    .summary("list applied and pending migrations")
    .option("--check", "exit with 1 if a migration is pending, 78 if a table differs");
  withOutputFlags(status).action((_, command: Command) =>
    act(async () =>
      (await import("./migrate.command.ts")).status(command.optsWithGlobals(), runtime),
    ),
  );
  withExamples(status, [
    ["family-hub-jobs migrate status", "which migrations are applied, and which are pending"],
    ["family-hub-jobs migrate status --check", "in a deployment: exits with 1 if one is pending"],
  ]);
  const rollback = migrate
    .command("rollback")
    .description("undo what the last migrate applied; FamilyHub's own tables and rows stay")
    .summary("undo what the last migrate applied")
    .option("--all", "undo every migration")
    .option("--yes", "do not ask for confirmation, even if the audit log would be lost");
  withAuditFlags(withOutputFlags(rollback)).action((_, command: Command) =>
    act(async () =>
      (await import("./migrate.command.ts")).rollback(command.optsWithGlobals(), runtime),
    ),
  );
  withExamples(rollback, [
    ["family-hub-jobs migrate rollback", "undo what the last migrate applied"],
    ["family-hub-jobs migrate rollback --all --yes", "leave only FamilyHub's own tables"],
  ]);
}
