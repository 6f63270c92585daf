// `queue verify`: its name, flags and examples.
import { type Command, Option } from "commander";
import { CAUSE_FORMATS } from "../../terminal/list-formats.ts";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { SOME_JOB, withExamples } from "../../command-line/examples.ts";
import { withVerbosityFlags } from "../../command-line/flag-groups.ts";
import { count, timer } from "../../command-line/flags.ts";
import { takesJobs } from "../../command-line/values.ts";
import { withFilterFlags } from "../selection/selection.flags.ts";

export function addVerify(queue: Command, runtime: Runtime, act: Act): void {
  const verify = queue
    .command("verify")
    .argument("[id...]", "jobs to verify; - reads IDs from stdin")
    .description(
      "ask Zitadel (read-only) which accounts exist, and which jobs a requeue would help",
    )
    .summary("ask Zitadel (read-only) which accounts exist");
  withFilterFlags(verify)
    .addOption(
      count("--limit <n>", "with a filter: only the oldest n jobs (default: 1000)", 1, 5000),
    )
    .addOption(timer("--max-duration <duration>", "stop sending requests after this time"))
    .addOption(new Option("-o, --output <format>", "output format").choices(CAUSE_FORMATS));
  withVerbosityFlags(verify).action((ids: string[], flags) =>
    act(async () => (await import("./verify.command.ts")).run(ids, flags, runtime)),
  );
  withExamples(verify.helpGroup("Inspect:"), [
    [`family-hub-jobs queue verify ${SOME_JOB}`, "does Zitadel have the account?"],
    [
      "fhj queue verify --status failed -o name | fhj queue requeue -",
      "requeue only the jobs that a requeue would help",
    ],
  ]);
  takesJobs(verify, "failed");
}
