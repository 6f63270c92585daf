// `queue show`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { SOME_JOB, withExamples } from "../../command-line/examples.ts";
import { withOutputFlags } from "../../command-line/flag-groups.ts";
import { takesUsernames } from "../../command-line/values.ts";

export function addShow(queue: Command, runtime: Runtime, act: Act): void {
  const show = queue
    .command("show")
    .argument("<id>", "job ID (or its start) or username")
    .description("show one job in detail: why it is not running, what comes next, its history")
    .summary("show one job in detail");
  withOutputFlags(show).action((id: string, flags) =>
    act(async () => (await import("./show.command.ts")).run(id, flags, runtime)),
  );
  takesUsernames(show);
  withExamples(show.helpGroup("Inspect:"), [
    [`family-hub-jobs queue show ${SOME_JOB}`, "why is it not running? what happened to it?"],
    ["family-hub-jobs queue show kim_s", "the job with this username"],
    [`family-hub-jobs queue show --json ${SOME_JOB}`, "as JSON, for a program"],
  ]);
}
