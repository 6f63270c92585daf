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
    .description("work every due job once: account in Zitadel, user row, event")
    .summary("work every due job once")
    .addOption(count("--limit <n>", "claim so many jobs at the most", 1, 999_999_999))
    .addOption(count("--concurrency <n>", "calls to Zitadel in flight (RETRY_CONCURRENCY)", 1, 200))
    .addOption(timer("--max-duration <duration>", "begin no job after so long, such as 50s"))
    .addOption(
      new Option("--shard <i/n>", "work one part of the queue, such as 2/8").argParser(parseShard),
    )
    .addOption(
      count("--shards <n>", "how many parts; JOB_COMPLETION_INDEX says which, from 0", 1, 999),
    )
    .addOption(jobId("--job <id>", "only this job, also before its time has come"))
    .option("--dry-run", "say what is due and change nothing")
    .option("--strict", "exit with 1 when a job failed for good in this run");
  withRunFlags(retry).action((flags) =>
    act(async () => (await import("./retry-accounts.command.ts")).run(flags, runtime)),
  );
  withExamples(retry.helpGroup("Every day:"), [
    ["family-hub-jobs retry-accounts --max-duration 50s", "each minute, from cron"],
    ["family-hub-jobs retry-accounts --dry-run", "what is due, without touching it"],
    ["family-hub-jobs retry-accounts --shard 2/8", "the second eighth of a long queue"],
    [`family-hub-jobs retry-accounts --job ${SOME_JOB}`, "one job, now"],
  ]);
  takesJobs(retry, "pending", "failed");
}
