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
    .argument("[id...]", "jobs to cancel; - reads IDs from stdin")
    .description("permanently cancel pending and failed jobs, and erase their passwords")
    .summary("permanently cancel pending and failed jobs");
  withChoiceFlags(cancel).option("--dry-run", "show what would be canceled; change nothing");
  withOperatorFlags(cancel, { holder: "another `queue cancel`", asks: true }).action(
    (ids: string[], flags) =>
      act(async () => (await import("./cancel.command.ts")).run(ids, flags, runtime)),
  );
  withExamples(cancel.helpGroup("Change:"), [
    [`family-hub-jobs queue cancel ${SOME_JOB}`, "one job"],
    ["family-hub-jobs queue cancel --username kim_s", "all jobs with one username; asks first"],
  ]);
  takesJobs(cancel, "pending", "failed");
}
