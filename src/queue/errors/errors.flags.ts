// `queue errors`: its name, flags and examples.
import { type Command, Option } from "commander";
import { CAUSE_FORMATS } from "../../terminal/list-formats.ts";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { withExamples } from "../../command-line/examples.ts";
import { withVerbosityFlags } from "../../command-line/flag-groups.ts";

export function addErrors(queue: Command, runtime: Runtime, act: Act): void {
  const errors = queue
    .command("errors")
    .description("group failed and retrying jobs by cause, with advice for each")
    .summary("group failures by cause, with advice for each")
    .addOption(new Option("-o, --output <format>", "output format").choices(CAUSE_FORMATS));
  withVerbosityFlags(errors).action((flags) =>
    act(async () => (await import("./errors.command.ts")).run(flags, runtime)),
  );
  withExamples(errors.helpGroup("Inspect:"), [
    ["family-hub-jobs queue errors", "why jobs fail, and what to do"],
    ["family-hub-jobs queue errors -o name", "the error codes alone"],
  ]);
}
