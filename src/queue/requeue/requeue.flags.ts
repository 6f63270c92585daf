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
    .argument("[id...]", "jobs to requeue; - reads ids from stdin")
    .description("let failed jobs go again, with all their retries: by id, or by filter")
    .summary("let failed jobs go again");
  withChoiceFlags(requeue)
    .addOption(
      rate(
        "--rate <n/s>",
        "so many become due a second, such as 5/s; runs work them at ZITADEL_RATE",
      ).default(Infinity, "all at once"),
    )
    .option("--verified", "ask Zitadel first, and leave alone what `queue verify` says is in vain")
    .option("--keep-retries", "grant no new retries: one attempt only, if all were spent")
    .option("--dry-run", "say what would be requeued and change nothing");
  withOperatorFlags(requeue).action((ids: string[], flags) =>
    act(async () => (await import("./requeue.command.ts")).run(ids, flags, runtime)),
  );
  withExamples(requeue.helpGroup("Every day:"), [
    [`family-hub-jobs queue requeue ${SOME_JOB}`, "one job"],
    ["family-hub-jobs queue requeue --error timeout --dry-run", "all of one cause: which?"],
    ["family-hub-jobs queue requeue --error timeout --rate 5/s", "then, after a question"],
    ["family-hub-jobs queue requeue --status failed --yes --expect 214", "in a script"],
  ]);
  takesJobs(requeue, "failed");
}
