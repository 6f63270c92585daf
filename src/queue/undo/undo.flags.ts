// `queue undo`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { SOME_JOB, withExamples } from "../../command-line/examples.ts";
import { withOperatorFlags } from "../../command-line/flag-groups.ts";

export function addUndo(queue: Command, runtime: Runtime, act: Act): void {
  const undo = queue
    .command("undo")
    .argument(
      "[action]",
      "action ID (or its start), as `queue requeue` printed it; required unless --list",
    )
    .description("undo a requeue: set jobs that have not run since back to failed")
    .summary("undo a requeue")
    .option("--list", "list the last 20 requeues, and how many jobs of each could be undone")
    .option("--dry-run", "show what would be undone; change nothing");
  withOperatorFlags(undo, {
    holder: "another `queue requeue` or `queue undo`",
    asks: false,
  }).action((id: string | undefined, flags) =>
    act(async () =>
      flags.list === true && id === undefined
        ? (await import("./undo-list.command.ts")).run(flags, runtime)
        : (await import("./undo.command.ts")).run(id, flags, runtime),
    ),
  );
  withExamples(undo.helpGroup("Change:"), [
    ["family-hub-jobs queue undo --list", "who requeued what, newest first"],
    [`family-hub-jobs queue undo ${SOME_JOB}`, "the ID of an action, not of a job"],
  ]);
}
