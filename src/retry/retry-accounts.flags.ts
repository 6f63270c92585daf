// `retry-accounts`: its name, flags and examples.
import { type Command, Option } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { withRunFlags } from "../command-line/flag-groups.ts";
import { SOME_JOB, withExamples } from "../command-line/examples.ts";
import { count, jobId, parseShard, timer } from "../command-line/flags.ts";
import { takesJobs } from "../command-line/values.ts";

export function addRetryAccounts(program: Command, runtime: Runtime, act: Act): void {
  const retry = program
    .command("retry-accounts")
    .description("process each due job once: create its Zitadel account, user row and event")
    .summary("process each due job once")
    .addOption(count("--limit <n>", "maximum number of jobs to claim", 1, 999_999_999))
    .addOption(
      count(
        "--concurrency <n>",
        "maximum number of parallel calls to Zitadel (RETRY_CONCURRENCY)",
        1,
        200,
      ),
    )
    .addOption(
      timer("--max-duration <duration>", "stop starting jobs after this time, such as 50s"),
    )
    .addOption(
      new Option("--shard <i/n>", "process one part of the queue, such as 2/8").argParser(
        parseShard,
      ),
    )
    .addOption(
      count(
        "--shards <n>",
        "number of parts; the variable JOB_COMPLETION_INDEX (0 to n-1), which Kubernetes sets, says which part this run takes",
        1,
        999,
      ),
    )
    .addOption(jobId("--job <id>", "process only this job, even before it is due"))
    .option("--force", "with --job: process it even while the queue is paused")
    .option("--dry-run", "show what is due; change nothing")
    .option("--strict", "exit with 1 if a job failed permanently in this run");
  withRunFlags(retry).action((flags) =>
    act(async () => (await import("./retry-accounts.command.ts")).run(flags, runtime)),
  );
  withExamples(retry.helpGroup("Most used:"), [
    ["family-hub-jobs retry-accounts --max-duration 50s", "every minute, from cron"],
    ["family-hub-jobs retry-accounts --dry-run", "show what is due; changes nothing"],
    ["family-hub-jobs retry-accounts --shard 2/8", "the second of eight parts of a long queue"],
    [`family-hub-jobs retry-accounts --job ${SOME_JOB}`, "one job, now"],
  ]);
  takesJobs(retry, "pending", "failed");
}
