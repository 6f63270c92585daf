// The commands about the password key ring: names and flags.
import { type Command, Option } from "commander";
import { LIST_FORMATS } from "../terminal/list-formats.ts";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { withOutputFlags, withRunFlags, withVerbosityFlags } from "../command-line/flag-groups.ts";
import { withExamples } from "../command-line/examples.ts";
import { count, timer } from "../command-line/flags.ts";

export function addKeys(program: Command, runtime: Runtime, act: Act): void {
  const keys = program.command("keys").description("the password key ring").commandsGroup("Keys:");
  withExamples(keys, [
    ["family-hub-jobs keys list", "which keys the waiting jobs need"],
    ["family-hub-jobs keys generate --from ring.json --out next.json", "a new key in front"],
    ["family-hub-jobs keys rotate --dry-run", "how many jobs have yet to change"],
  ]);
  const list = keys
    .command("list")
    .description("list the ring's keys, the jobs that use them, and which may be dropped")
    .summary("list the ring's keys, and the jobs that use them")
    .addOption(new Option("-o, --output <format>", "how to print").choices(LIST_FORMATS));
  withVerbosityFlags(list).action((flags) =>
    act(async () => (await import("./list.command.ts")).run(flags, runtime)),
  );
  withExamples(list, [
    ["family-hub-jobs keys list", "which keys are needed, and which may be dropped"],
    ["family-hub-jobs keys list --json", "the same, for a program"],
  ]);

  const generate = keys
    .command("generate")
    .description("make a key ring with one new key, or a new key in front of a ring")
    .summary("make a key ring, or a new key in front of one")
    .addOption(
      new Option("--type <type>", "EC: the API needs the public half only")
        .choices(["EC", "oct"])
        .default("EC"),
    )
    .option("--from <ring file>", "keep the keys of this ring behind the new one")
    .option("--out <file>", "a new file that only its owner may read; otherwise stdout");
  withOutputFlags(generate).action((flags) =>
    act(async () => (await import("./generate.command.ts")).run(flags, runtime)),
  );
  withExamples(generate, [
    ["family-hub-jobs keys generate --out ring.json", "a new ring: first installation only"],
    ["family-hub-jobs keys generate --from ring.json --out next.json", "a new key in front"],
  ]);

  const publicHalf = keys
    .command("public")
    .description("print the public half of the first key, for FamilyHub's API")
    .summary("print the public half, for FamilyHub's API")
    .option("--all", "of every EC key");
  withOutputFlags(publicHalf).action((flags) =>
    act(async () => (await import("./public.command.ts")).run(flags, runtime)),
  );
  withExamples(publicHalf, [
    ["family-hub-jobs keys public > public.json", "what FamilyHub's API encrypts with"],
  ]);

  const rotate = keys
    .command("rotate")
    .description("encrypt the passwords of waiting jobs anew, under the first key")
    .summary("encrypt what waits anew, under the first key")
    .addOption(count("--batch-size <n>", "most jobs changed at once", 1, 10_000).default(500))
    .addOption(timer("--max-duration <duration>", "begin no batch after so long"))
    .option("--dry-run", "count what would be changed and change nothing")
    .option("--reason <text>", "why, for the audit")
    .option("--actor <name>", "who, for the audit (default: user@host)");
  withRunFlags(rotate).action((flags) =>
    act(async () => (await import("./rotate.command.ts")).run(flags, runtime)),
  );
  withExamples(rotate, [
    ["family-hub-jobs keys rotate --dry-run", "how many jobs have yet to change"],
    ['family-hub-jobs keys rotate --reason "yearly"', "until it holds nothing back"],
  ]);
}
