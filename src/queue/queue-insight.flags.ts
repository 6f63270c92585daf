// The commands that say how the queue does and why, and change nothing: names and flags.
import { type Command, Option } from "commander";
import { CAUSE_FORMATS } from "../terminal/list-formats.ts";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { SOME_JOB, withExamples } from "../command-line/examples.ts";
import { takesJobs } from "../command-line/values.ts";
import {
  withFilterFlags,
  withOutputFlags,
  withVerbosityFlags,
} from "../command-line/flag-groups.ts";
import { count, timer, watching } from "../command-line/flags.ts";

export function addQueueInsightCommands(queue: Command, runtime: Runtime, act: Act): void {
  const stats = queue
    .command("stats")
    .description("count jobs, and tell what is due, stuck, failing and to be expected")
    .summary("count jobs: due, stuck, failing, to be expected")
    .option("--exact", "count every completed job, however many there are")
    .addOption(watching());
  withOutputFlags(stats).action((flags) =>
    act(async () => (await import("./stats/stats.command.ts")).run(flags, runtime)),
  );
  withExamples(stats.helpGroup("Looking:"), [
    ["family-hub-jobs queue stats", "is all well?"],
    ["family-hub-jobs queue stats --json --exact", "every number, for a program"],
  ]);

  const errors = queue
    .command("errors")
    .description("group failed and retrying jobs by cause, each with what to do about it")
    .summary("group failures by cause, with what to do about them")
    .addOption(new Option("-o, --output <format>", "how to print").choices(CAUSE_FORMATS));
  withVerbosityFlags(errors).action((flags) =>
    act(async () => (await import("./errors/errors.command.ts")).run(flags, runtime)),
  );
  withExamples(errors.helpGroup("Looking:"), [
    ["family-hub-jobs queue errors", "why jobs fail, and what to do"],
    ["family-hub-jobs queue errors -o name", "the error codes alone"],
  ]);

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
    act(async () => (await import("./verify/verify.command.ts")).run(ids, flags, runtime)),
  );
  withExamples(verify.helpGroup("Looking:"), [
    [`family-hub-jobs queue verify ${SOME_JOB}`, "does Zitadel have the account?"],
    ["fhj queue verify --status failed -o name | fhj queue requeue -", "only what a requeue helps"],
  ]);
  takesJobs(verify, "failed");
}
