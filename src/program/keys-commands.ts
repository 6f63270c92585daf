// The commands about the password key ring: names and flags.
import { type Command, Option } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "./act.ts";
import { withOutputFlags } from "./flag-groups.ts";

export function addKeysCommands(program: Command, runtime: Runtime, act: Act): void {
  const keys = program.command("keys").description("the password key ring");
  const generate = keys
    .command("generate")
    .description("make a key ring with one new key")
    .addOption(
      new Option("--type <type>", "EC: the API needs the public half only")
        .choices(["EC", "oct"])
        .default("EC"),
    )
    .option("--out <file>", "a new file that only its owner may read; otherwise stdout");
  withOutputFlags(generate).action((flags) =>
    act(async () => (await import("../commands/keys-generate.ts")).run(flags, runtime)),
  );
}
