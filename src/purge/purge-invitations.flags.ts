// `purge-invitations`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { withExamples } from "../command-line/examples.ts";
import { duration } from "../command-line/flags.ts";
import { withPurgeFlags } from "./purge.flags.ts";

export function addPurgeInvitations(program: Command, runtime: Runtime, act: Act): void {
  const purge = program
    .command("purge-invitations")
    .description("delete unaccepted invitations 30 days after they expire")
    .addOption(
      duration("--grace <duration>", "how long to keep expired invitations (INVITATION_GRACE)"),
    );
  withPurgeFlags(purge).action((flags) =>
    act(async () => (await import("./purge-invitations.command.ts")).run(flags, runtime)),
  );
  withExamples(purge.helpGroup("Most used:"), [
    ["family-hub-jobs purge-invitations", "once a day, from cron"],
    ["family-hub-jobs purge-invitations --dry-run", "how many would be deleted"],
    ["family-hub-jobs purge-invitations --grace 60d", "keep expired invitations for two months"],
  ]);
}
