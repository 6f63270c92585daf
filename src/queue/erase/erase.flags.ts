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
    .description("delete everything the queue stores about one person (GDPR, article 17)")
    .summary("delete everything the queue stores about one person")
    .requiredOption("--username <name>", "the person's username, as `queue list` shows it")
    .addOption(
      uuid("--family <id>", "only in this family; required if several families have this username"),
    )
    .option("--dry-run", "show what would be erased; change nothing");
  withOperatorFlags(erase, { holder: "another `queue erase`", asks: true }).action((flags) =>
    act(async () => (await import("./erase.command.ts")).run(flags, runtime)),
  );
  withExamples(erase.helpGroup("Change:"), [
    [
      "family-hub-jobs queue erase --username kim_s --dry-run",
      "what the queue stores about a person",
    ],
    [
      'family-hub-jobs queue erase --username kim_s --reason "ticket 4711"',
      "delete it, with a reason for the audit log",
    ],
  ]);
}
