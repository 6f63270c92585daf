// `queue list`: its name, flags and examples.
import { type Command, Option } from "commander";
import { SORT_FIELDS } from "../../domain/job.ts";
import { LIST_FORMATS } from "../../terminal/list-formats.ts";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { withExamples } from "../../command-line/examples.ts";
import { withVerbosityFlags } from "../../command-line/flag-groups.ts";
import { count, parseSort, watching } from "../../command-line/flags.ts";
import { withValues } from "../../command-line/values.ts";
import { withFilterFlags } from "../selection/selection.flags.ts";

export function addList(queue: Command, runtime: Runtime, act: Act): void {
  const list = queue.command("list").description("list jobs, newest first");
  withFilterFlags(list)
    .addOption(count("--limit <n>", "jobs per page", 1, 10_000).default(50))
    .option("--cursor <cursor>", "continue where the last page ended")
    .addOption(
      withValues(
        new Option(
          "--sort <field>",
          `${SORT_FIELDS.join(", ")}, or the heading NEXT, AGE, CREATED or RETRIES; a leading - sorts in descending order`,
        )
          .argParser(parseSort)
          .default({ field: "createdAt", descending: true }, "-createdAt"),
        SORT_FIELDS.flatMap((field) => [field, `-${field}`]),
      ),
    )
    .addOption(watching())
    .addOption(new Option("-o, --output <format>", "output format").choices(LIST_FORMATS));
  withVerbosityFlags(list).action((flags) =>
    act(async () => (await import("./list.command.ts")).run(flags, runtime)),
  );
  withExamples(list.helpGroup("Most used:"), [
    ["family-hub-jobs queue list --status failed", "which jobs failed"],
    ["family-hub-jobs queue list --search smith -o wide", "one person's jobs, with all columns"],
    ["family-hub-jobs queue list --due --sort nextRetryAt", "which jobs run next"],
    ["family-hub-jobs queue list --since 2026-11-25T21:00+11:00", "a time in any time zone"],
    ["family-hub-jobs queue list --error username_taken --since 7d -o csv", "for a spreadsheet"],
  ]);
}
