// `purge-jobs`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { withExamples } from "../command-line/examples.ts";
import { retention } from "../command-line/flags.ts";
import { withPurgeFlags } from "./purge.flags.ts";

export function addPurgeJobs(program: Command, runtime: Runtime, act: Act): void {
  const purge = program
    .command("purge-jobs")
    .description(
      "delete jobs completed 90 days ago; erase the passwords of jobs failed 30 days ago",
    )
    .summary("delete old jobs, erase old passwords")
    .addOption(
      retention(
        "--retention <duration>",
        "how long to keep completed jobs, at least 1d (JOB_RETENTION)",
      ),
    )
    .addOption(
      retention(
        "--password-retention <duration>",
        "how long to keep the passwords of failed jobs, at least 1d (FAILED_PASSWORD_RETENTION)",
      ),
    );
  withPurgeFlags(purge).action((flags) =>
    act(async () => (await import("./purge-jobs.command.ts")).run(flags, runtime)),
  );
  withExamples(purge.helpGroup("Change:"), [
    ["family-hub-jobs purge-jobs", "once a day, from cron"],
    ["family-hub-jobs purge-jobs --dry-run", "how many would be deleted"],
    ["family-hub-jobs purge-jobs --retention 30d", "keep completed jobs for only a month"],
  ]);
}
