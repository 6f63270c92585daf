// `queue cancel`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { SOME_JOB, withExamples } from "../../command-line/examples.ts";
import { withOperatorFlags } from "../../command-line/flag-groups.ts";
import { takesJobs } from "../../command-line/values.ts";
import { withChoiceFlags } from "../selection/selection.flags.ts";

export function addCancel(queue: Command, runtime: Runtime, act: Act): void {
  const cancel = queue
    .command("cancel")
    .argument("[id...]", "jobs to give up; - reads ids from stdin")
    .description("give pending and failed jobs up for good, and erase their passwords")
    .summary("give pending and failed jobs up for good");
  withChoiceFlags(cancel).option("--dry-run", "say what would be canceled and change nothing");
  withOperatorFlags(cancel).action((ids: string[], flags) =>
    act(async () => (await import("./cancel.command.ts")).run(ids, flags, runtime)),
  );
  withExamples(cancel.helpGroup("Acting:"), [
    [`family-hub-jobs queue cancel ${SOME_JOB}`, "one job"],
    ["family-hub-jobs queue cancel --username kim_s", "all of one username, after a question"],
  ]);
  takesJobs(cancel, "pending", "failed");
}
