// `queue stats`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { withExamples } from "../../command-line/examples.ts";
import { withOutputFlags } from "../../command-line/flag-groups.ts";
import { watching } from "../../command-line/flags.ts";

export function addStats(queue: Command, runtime: Runtime, act: Act): void {
  const stats = queue
    .command("stats")
    .description("count jobs: due, stuck and failing, with a forecast")
    .summary("count jobs: due, stuck and failing, with a forecast")
    .option("--exact", "count completed jobs exactly, however many there are")
    .addOption(watching());
  withOutputFlags(stats).action((flags) =>
    act(async () => (await import("./stats.command.ts")).run(flags, runtime)),
  );
  withExamples(stats.helpGroup("Inspect:"), [
    ["family-hub-jobs queue stats", "is the queue healthy?"],
    ["family-hub-jobs queue stats --json --exact", "exact numbers, for a program"],
  ]);
}
