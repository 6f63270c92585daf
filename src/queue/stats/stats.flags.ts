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
    .description("count jobs, and tell what is due, stuck, failing and to be expected")
    .summary("count jobs: due, stuck, failing, to be expected")
    .option("--exact", "count every completed job, however many there are")
    .addOption(watching());
  withOutputFlags(stats).action((flags) =>
    act(async () => (await import("./stats.command.ts")).run(flags, runtime)),
  );
  withExamples(stats.helpGroup("Looking:"), [
    ["family-hub-jobs queue stats", "is all well?"],
    ["family-hub-jobs queue stats --json --exact", "every number, for a program"],
  ]);
}
