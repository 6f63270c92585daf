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
    .argument("[id...]", "jobs to verify; - reads ids from stdin")
    .description("ask Zitadel, read-only, whether accounts exist, and which jobs a requeue helps")
    .summary("ask Zitadel, read-only, which accounts exist");
  withFilterFlags(verify)
    .addOption(
      count("--limit <n>", "of a filter's jobs only the oldest so many (default: 1000)", 1, 5000),
    )
    .addOption(timer("--max-duration <duration>", "begin no question after so long"))
    .addOption(new Option("-o, --output <format>", "how to print").choices(CAUSE_FORMATS));
  withVerbosityFlags(verify).action((ids: string[], flags) =>
    act(async () => (await import("./verify.command.ts")).run(ids, flags, runtime)),
  );
  withExamples(verify.helpGroup("Looking:"), [
    [`family-hub-jobs queue verify ${SOME_JOB}`, "does Zitadel have the account?"],
    ["fhj queue verify --status failed -o name | fhj queue requeue -", "only what a requeue helps"],
  ]);
  takesJobs(verify, "failed");
}
