// `queue erase`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { withExamples } from "../../command-line/examples.ts";
import { withOperatorFlags } from "../../command-line/flag-groups.ts";
import { uuid } from "../../command-line/flags.ts";

export function addErase(queue: Command, runtime: Runtime, act: Act): void {
  const erase = queue
    .command("erase")
    .description("delete what the queue holds of one person (GDPR, article 17)")
    .summary("delete what the queue holds of one person")
    .requiredOption("--username <name>", "of the person, as `queue list --username` finds it")
    .addOption(uuid("--family <id>", "only in this family; needed where several have the name"))
    .option("--dry-run", "say what would be erased and change nothing");
  withOperatorFlags(erase).action((flags) =>
    act(async () => (await import("./erase.command.ts")).run(flags, runtime)),
  );
  withExamples(erase.helpGroup("Acting:"), [
    ["family-hub-jobs queue erase --username kim_s --dry-run", "what is held of somebody"],
    [
      'family-hub-jobs queue erase --username kim_s --reason "ticket 4711"',
      "delete it, with a word for the audit",
    ],
  ]);
}
