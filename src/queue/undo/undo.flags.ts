// `queue undo`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { SOME_JOB, withExamples } from "../../command-line/examples.ts";
import { withOperatorFlags } from "../../command-line/flag-groups.ts";

export function addUndo(queue: Command, runtime: Runtime, act: Act): void {
  const undo = queue
    .command("undo")
    .argument("<action>", "its ID, as `queue requeue` printed it, or the beginning of it")
    .description("take a requeue back: its jobs that have not run since are failed again")
    .summary("take a requeue back")
    .option("--dry-run", "say what would be undone and change nothing");
  withOperatorFlags(undo).action((id: string, flags) =>
    act(async () => (await import("./undo.command.ts")).run(id, flags, runtime)),
  );
  withExamples(undo.helpGroup("Acting:"), [
    [`family-hub-jobs queue undo ${SOME_JOB}`, "an action, not a job"],
  ]);
}
