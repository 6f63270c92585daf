// `queue pause` and `queue resume`: their names, flags and examples.
import { Option, type Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { withExamples } from "../../command-line/examples.ts";
import { withOperatorFlags } from "../../command-line/flag-groups.ts";
import { duration } from "../../command-line/flags.ts";

const HOLDER = "another `queue pause` or `queue resume`";

export function addPause(queue: Command, runtime: Runtime, act: Act): void {
  const pause = queue
    .command("pause")
    .description("stop starting jobs on all hosts and shards, for a time or until `queue resume`")
    .summary("stop starting jobs for a while")
    .addOption(duration("--for <duration>", "end after this time, such as 2h"))
    .addOption(new Option("--until <time>", "end at this time: 2026-01-31T08:00Z"));
  withOperatorFlags(pause, {
    holder: HOLDER,
    asks: false,
    reason: "why the queue is paused, for people who find it paused (required)",
  }).action((flags) => act(async () => (await import("./pause.command.ts")).pause(flags, runtime)));
  withExamples(pause.helpGroup("Change:"), [
    ['family-hub-jobs queue pause --for 2h --reason "Zitadel is being upgraded"', "for two hours"],
    ['family-hub-jobs queue pause --reason "incident 4711"', "until `queue resume`"],
  ]);
}

export function addResume(queue: Command, runtime: Runtime, act: Act): void {
  const resume = queue
    .command("resume")
    .description("end a pause; the next run processes what is due")
    .summary("end a pause");
  withOperatorFlags(resume, { holder: HOLDER, asks: false }).action((flags) =>
    act(async () => (await import("./pause.command.ts")).resume(flags, runtime)),
  );
  withExamples(resume.helpGroup("Change:"), [
    ["family-hub-jobs queue resume", "the next run processes jobs again"],
  ]);
}
