// The commands that say how the queue does and why, and change nothing: names and flags.
import { type Command, Option } from "commander";
import { CAUSE_FORMATS } from "../report/list-formats.ts";
import type { Runtime } from "../runtime.ts";
import type { Act } from "./act.ts";
import { watching } from "./flags.ts";
import { withOutputFlags, withVerbosityFlags } from "./flag-groups.ts";

export function addQueueInsightCommands(queue: Command, runtime: Runtime, act: Act): void {
  const stats = queue
    .command("stats")
    .description("count jobs, and tell what is due, stuck, failing and to be expected")
    .option("--exact", "count every completed job, however many there are")
    .addOption(watching());
  withOutputFlags(stats).action((flags) =>
    act(async () => (await import("../commands/queue-stats.ts")).run(flags, runtime)),
  );

  const errors = queue
    .command("errors")
    .description("group failed and retrying jobs by cause, each with what to do about it")
    .addOption(new Option("-o, --output <format>", "how to print").choices(CAUSE_FORMATS));
  withVerbosityFlags(errors).action((flags) =>
    act(async () => (await import("../commands/queue-errors.ts")).run(flags, runtime)),
  );

  const explain = queue
    .command("explain")
    .argument("<id>", "the job, as `queue list` shows it")
    .description("say why one job is not running now, and what would help");
  withOutputFlags(explain).action((id: string, flags) =>
    act(async () => (await import("../commands/queue-explain.ts")).run(id, flags, runtime)),
  );
}
