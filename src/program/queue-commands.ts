// The commands of the person on call, who looks at jobs and acts on them: names and flags.
import { type Command, Option } from "commander";
import { SORT_FIELDS } from "../domain/job.ts";
import { LIST_FORMATS } from "../report/list-formats.ts";
import type { Runtime } from "../runtime.ts";
import type { Act } from "./act.ts";
import {
  withFilterFlags,
  withOperatorFlags,
  withOutputFlags,
  withVerbosityFlags,
} from "./flag-groups.ts";
import { count, parseSort, uuid, watching } from "./flags.ts";
import { addQueueInsightCommands } from "./queue-insight-commands.ts";

export function addQueueCommands(program: Command, runtime: Runtime, act: Act): void {
  const queue = program.command("queue").description("look at jobs and act on them");
  const list = queue.command("list").description("list jobs, newest first");
  withFilterFlags(list)
    .addOption(count("--limit <n>", "jobs a page", 1, 10_000).default(50))
    .option("--cursor <cursor>", "go on where the last page ended")
    .addOption(
      new Option("--sort <field>", `${SORT_FIELDS.join(", ")}; with - in front descending`)
        .argParser(parseSort)
        .default({ field: "createdAt", descending: true }, "-createdAt"),
    )
    .addOption(watching())
    .addOption(new Option("-o, --output <format>", "how to print").choices(LIST_FORMATS));
  withVerbosityFlags(list).action((flags) =>
    act(async () => (await import("../commands/queue-list.ts")).run(flags, runtime)),
  );

  const requeue = queue
    .command("requeue")
    .argument("[id...]", "jobs to requeue; - reads ids from stdin")
    .description("let failed jobs go again, with all their retries")
    .option("--keep-retries", "grant no new retries: one attempt only, if all were spent")
    .option("--dry-run", "say what would be requeued and change nothing");
  withOperatorFlags(requeue).action((ids: string[], flags) =>
    act(async () => (await import("../commands/queue-requeue.ts")).run(ids, flags, runtime)),
  );

  const show = queue
    .command("show")
    .argument("<id>", "the job, as `queue list` shows it")
    .description("tell all about one job: what happened to it, and what comes next");
  withOutputFlags(show).action((id: string, flags) =>
    act(async () => (await import("../commands/queue-show.ts")).run(id, flags, runtime)),
  );

  const cancel = queue
    .command("cancel")
    .argument("[id...]", "jobs to give up; - reads ids from stdin")
    .description("give pending and failed jobs up for good: their passwords are erased")
    .option("--dry-run", "say what would be canceled and change nothing");
  withOperatorFlags(cancel).action((ids: string[], flags) =>
    act(async () => (await import("../commands/queue-cancel.ts")).run(ids, flags, runtime)),
  );

  addQueueInsightCommands(queue, runtime, act);

  const add = queue
    .command("add")
    .description("enqueue a job, its password encrypted as the API does")
    .requiredOption("--username <name>", "3 to 20 characters of a-z, 0-9 and _")
    .requiredOption("--name <full name>", "first word given name, the rest family name")
    .requiredOption("--family <id>", "the family, which must exist")
    .requiredOption("--created-by <id>", "the user on whose behalf")
    .option("--role <role>", "owner, admin, member or managed_account", "managed_account")
    .option("--password-stdin", "read the password from stdin, as one line; a terminal asks")
    .option("--generate", "make a random password and print it once")
    .option("--hash", "store only a bcrypt hash of it")
    .option("--now", "due at once, as every added job is");
  withOperatorFlags(add).action((flags) =>
    act(async () => (await import("../commands/queue-add.ts")).run(flags, runtime)),
  );

  const erase = queue
    .command("erase")
    .description("delete what the queue holds of one person (GDPR, article 17)")
    .requiredOption("--username <name>", "of the person, as `queue list --username` finds it")
    .addOption(uuid("--family <id>", "only in this family; needed where several have the name"))
    .option("--dry-run", "say what would be erased and change nothing");
  withOperatorFlags(erase).action((flags) =>
    act(async () => (await import("../commands/queue-erase.ts")).run(flags, runtime)),
  );
}
