// `runs`: its name, flags and examples.
import { type Command, Option } from "commander";
import { PLAIN_FORMATS } from "../terminal/list-formats.ts";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { withVerbosityFlags } from "../command-line/flag-groups.ts";
import { withExamples } from "../command-line/examples.ts";
import { count } from "../command-line/flags.ts";
import { withValues } from "../command-line/values.ts";

export function addRuns(program: Command, runtime: Runtime, act: Act): void {
  const runs = program
    .command("runs")
    .description("list runs, newest first: how they ended and what they did")
    .summary("list runs: how they ended and what they did")
    .addOption(
      withValues(
        new Option("--command <name...>", "only runs of this command, such as retry-accounts"),
        async () => (await import("./runs.command.ts")).RECORDED_COMMANDS,
      ),
    )
    .addOption(
      withValues(
        new Option(
          "--outcome <outcome...>",
          "completed, stopped, unavailable, refused, interrupted, running or died",
        ),
        async () => (await import("./runs.sql.ts")).RUN_OUTCOMES,
      ),
    )
    .option(
      "--since <time>",
      "started at or after this time: 2026-01-31T08:00Z, or 2h for two hours ago",
    )
    .addOption(count("--limit <n>", "runs per page", 1, 10_000).default(50))
    .option("--cursor <cursor>", "continue where the last page ended")
    .addOption(new Option("-o, --output <format>", "output format").choices(PLAIN_FORMATS));
  withVerbosityFlags(runs).action((flags) =>
    act(async () => (await import("./runs.command.ts")).run(flags, runtime)),
  );
  withExamples(runs.helpGroup("Inspect:"), [
    ["family-hub-jobs runs --since 1d -o wide", "what ran since yesterday, and where"],
    ["family-hub-jobs runs --command purge-jobs --limit 1", "when the last purge was"],
    ["family-hub-jobs runs --outcome running died", "which runs hold a lock, or died"],
  ]);
}
