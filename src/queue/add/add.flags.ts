// `queue add`: its name, flags and examples.
import { type Command, Option } from "commander";
import { ROLES } from "../../domain/job.ts";
import type { Runtime } from "../../runtime.ts";
import type { Act } from "../../command-line/act.ts";
import { SOME_JOB, withExamples } from "../../command-line/examples.ts";
import { withOperatorFlags } from "../../command-line/flag-groups.ts";
import { withValues } from "../../command-line/values.ts";

export function addAdd(queue: Command, runtime: Runtime, act: Act): void {
  const add = queue
    .command("add")
    .description("enqueue a job and encrypt its password as the API does")
    .summary("enqueue a job")
    .requiredOption("--username <name>", "3 to 20 characters of a-z, 0-9 and _")
    .requiredOption("--name <full name>", "first word: given name; the rest: family name")
    .requiredOption("--family <id>", "family ID; the family must exist")
    .requiredOption("--created-by <id>", "ID of the user who asked for the account")
    .addOption(
      withValues(
        new Option("--role <role>", "owner, admin, member or managed_account").default(
          "managed_account",
        ),
        ROLES,
      ),
    )
    .option(
      "--password-stdin",
      "read the password from stdin (one line), or ask for it on a terminal",
    )
    .option("--generate", "generate a random password and print it once")
    .option("--hash", "store only a bcrypt hash (cost 12) of the password; at most 72 bytes");
  withOperatorFlags(add, { holder: "another `queue add`", asks: false }).action((flags) =>
    act(async () => (await import("./add.command.ts")).run(flags, runtime)),
  );
  withExamples(add.helpGroup("Change:"), [
    [
      `fhj queue add --generate --username kim_s --name "Kim Smith" \\
      --family ${SOME_JOB} \\
      --created-by 9b2d7c34-50e1-4f6a-a8d9-1c3e5f708192`,
      "with a random password, printed once",
    ],
  ]);
}
