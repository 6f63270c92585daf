// The commands for shell completion: names and flags.
import { Argument, type Command } from "commander";
import { SHELLS } from "./shells.ts";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { withExamples } from "../../command-line/examples.ts";

export function addCompletion(program: Command, runtime: Runtime, act: Act): void {
  const completion = program
    .command("completion")
    .description("print a shell completion script for family-hub-jobs and fhj")
    .summary("print a shell completion script")
    .addArgument(new Argument("<shell>", "your shell").choices(SHELLS));
  completion.action((shell: (typeof SHELLS)[number]) =>
    act(async () => (await import("./completion.command.ts")).run(shell, runtime)),
  );
  withExamples(completion.helpGroup("Set up:"), [
    ["source <(family-hub-jobs completion bash)", "bash: in ~/.bashrc, for every session"],
    ["source <(family-hub-jobs completion zsh)", "zsh: in ~/.zshrc"],
    [
      "family-hub-jobs completion fish > ~/.config/fish/completions/fhj.fish",
      "fish: once; the same as family-hub-jobs.fish",
    ],
  ]);

  // The scripts call it each time TAB is pressed. The words follow `--`, so none is a flag.
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .action((words: string[]) =>
      act(async () => {
        const { complete } = await import("../candidates.ts");
        const found = await complete(program, words);
        return (await import("./complete.command.ts")).run(found, runtime);
      }),
    );
}
