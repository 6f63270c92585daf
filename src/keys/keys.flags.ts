// The `keys` commands: names and flags.
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
    ["family-hub-jobs keys list", "which keys waiting jobs use"],
    ["family-hub-jobs keys generate --from ring.json --out next.json", "add a new first key"],
    ["family-hub-jobs keys rotate --dry-run", "how many jobs are left to re-encrypt"],
  ]);
  const list = keys
    .command("list")
    .description("list the ring's keys, the jobs that use them, and which keys can be removed")
    .summary("list the ring's keys and the jobs that use them")
    .addOption(new Option("-o, --output <format>", "output format").choices(LIST_FORMATS));
  withVerbosityFlags(list).action((flags) =>
    act(async () => (await import("./list.command.ts")).run(flags, runtime)),
  );
  withExamples(list, [
    ["family-hub-jobs keys list", "which keys are needed, and which can be removed"],
    ["family-hub-jobs keys list --json", "the same, for a program"],
  ]);

  const generate = keys
    .command("generate")
    .description("create a key ring, or add a new first key to an existing one")
    .summary("create a key ring, or add a new first key to one")
    .addOption(
      new Option("--type <type>", "with EC, the API needs only the public half")
        .choices(["EC", "oct"])
        .default("EC"),
    )
    .option("--from <ring file>", "copy the keys of this ring after the new one")
    .option("--out <file>", "write to a new file that only its owner can read (default: stdout)");
  withOutputFlags(generate).action((flags) =>
    act(async () => (await import("./generate.command.ts")).run(flags, runtime)),
  );
  withExamples(generate, [
    ["family-hub-jobs keys generate --out ring.json", "a new ring: first installation only"],
    ["family-hub-jobs keys generate --from ring.json --out next.json", "add a new first key"],
  ]);

  const publicHalf = keys
    .command("public")
    .description("print the public half of the first key, for FamilyHub's API")
    .summary("print the public half, for FamilyHub's API")
    .option("--all", "print the public half of every EC key");
  withOutputFlags(publicHalf).action((flags) =>
    act(async () => (await import("./public.command.ts")).run(flags, runtime)),
  );
  withExamples(publicHalf, [
    ["family-hub-jobs keys public > public.json", "what FamilyHub's API encrypts with"],
  ]);

  const rotate = keys
    .command("rotate")
    .description("re-encrypt the passwords of waiting jobs with the first key")
    .summary("re-encrypt the passwords of waiting jobs with the first key")
    .addOption(
      count("--batch-size <n>", "maximum number of jobs in one batch", 1, 10_000).default(500),
    )
    .addOption(timer("--max-duration <duration>", "start no batch after this time"))
    .option("--dry-run", "only count the jobs that would be re-encrypted")
    .option("--reason <text>", "reason for the audit log")
    .option("--actor <name>", "your name for the audit log (default: user@host)");
  withRunFlags(rotate).action((flags) =>
    act(async () => (await import("./rotate.command.ts")).run(flags, runtime)),
  );
  withExamples(rotate, [
    ["family-hub-jobs keys rotate --dry-run", "how many jobs are left to re-encrypt"],
    ['family-hub-jobs keys rotate --reason "yearly"', "repeat until no job is left"],
  ]);
}
