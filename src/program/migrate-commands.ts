// The commands about the schema: names and flags.
import type { Command } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "./act.ts";
import { withAuditFlags, withOutputFlags } from "./flag-groups.ts";
import { timer } from "./flags.ts";

export function addMigrateCommands(program: Command, runtime: Runtime, act: Act): void {
  const migrate = program
    .command("migrate")
    .description("bring the schema up to date")
    .addOption(
      timer("--wait <duration>", "how long to wait for runs to end").default(60_000, "60s"),
    );
  withAuditFlags(withOutputFlags(migrate)).allowExcessArguments(true);
  migrate.action((flags, command: Command) => {
    const [unknown] = command.args;
    if (unknown !== undefined) refuseSubcommand(command, unknown);
    act(async () => (await import("../commands/migrate.ts")).run(flags, runtime));
  });
  const status = migrate
    .command("status")
    .description("list migrations and which of them the database has")
    .option("--check", "exit with 1 while one is pending");
  withOutputFlags(status).action((_, command: Command) =>
    act(async () =>
      (await import("../commands/migrate.ts")).status(command.optsWithGlobals(), runtime),
    ),
  );
  const rollback = migrate
    .command("rollback")
    .description("take the last migrations back; FamilyHub's own tables and rows stay")
    .option("--all", "take every migration back")
    .option("--yes", "never ask, also where the audit would be lost");
  withAuditFlags(withOutputFlags(rollback)).action((_, command: Command) =>
    act(async () =>
      (await import("../commands/migrate.ts")).rollback(command.optsWithGlobals(), runtime),
    ),
  );
}

/** A command that acts by itself takes a misspelt subcommand for an argument. */
function refuseSubcommand(command: Command, unknown: string): never {
  const names = command.commands.map((child) => child.name());
  const meant = names.find((name) => name.startsWith(unknown.slice(0, 3))) ?? names.join(" or ");
  return command.error(`error: unknown command '${unknown}'\n(Did you mean ${meant}?)`);
}
