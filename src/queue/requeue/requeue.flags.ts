// `queue requeue`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { SOME_JOB, withExamples } from "../../command-line/examples.ts";
import { withOperatorFlags } from "../../command-line/flag-groups.ts";
import { rate } from "../../command-line/flags.ts";
import { takesJobs } from "../../command-line/values.ts";
import { withChoiceFlags } from "../selection/selection.flags.ts";

export function addRequeue(queue: Command, runtime: Runtime, act: Act): void {
  const requeue = queue
    .command("requeue")
    .argument("[id...]", "jobs to requeue; - reads IDs from stdin")
    .description(
      "requeue failed jobs and reset their retries; other jobs are skipped. Select jobs by ID or by filter",
    )
    .summary("retry failed jobs");
  withChoiceFlags(requeue)
    .addOption(
      rate(
        "--rate <n/s>",
        "how many jobs become due each second, such as 5/s; ZITADEL_RATE still applies",
      ).default(Infinity, "all at once"),
    )
    .option(
      "--verified",
      "ask Zitadel first, and skip jobs that would fail again (see `queue verify`)",
    )
    .option("--keep-retries", "do not reset the retries: a job that used them all gets one attempt")
    .option("--dry-run", "show what would be requeued; change nothing");
  withOperatorFlags(requeue, {
    holder: "another `queue requeue` or `queue undo`",
    asks: true,
  }).action((ids: string[], flags) =>
    act(async () => (await import("./requeue.command.ts")).run(ids, flags, runtime)),
  );
  withExamples(requeue.helpGroup("Most used:"), [
    [`family-hub-jobs queue requeue ${SOME_JOB}`, "one job"],
    [
      "family-hub-jobs queue requeue --error timeout --dry-run",
      "which jobs failed with this error",
    ],
    ["family-hub-jobs queue requeue --error timeout --rate 5/s", "retry them; asks first"],
    [
      "family-hub-jobs queue requeue --status failed --yes --expect 214",
      "in a script: does not ask, but requires exactly 214 jobs",
    ],
  ]);
  takesJobs(requeue, "failed");
}
